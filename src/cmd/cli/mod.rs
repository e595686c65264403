//! The command line: the flags and their help. Knows nothing of files or of the environment:
//! what it parses is one layer of `config`.

mod commands;
mod parsing;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Parser};

use crate::access::{Asking, HostPattern, Origin};
use crate::attach::{Resources, Target};
use crate::config::{
    ByteSize, Data, Flags, Host, HubAddress, IgnorePattern, LogFormat, Port, Verbosity, parse_flag,
};
use crate::path::TreePath;
use crate::server::Welcome;
use crate::tree::generation::Granularity;
use commands::Command;
pub(super) use commands::Invocation;
pub(super) use parsing::{command, parse};

const EXAMPLES: &str = "\
Examples:
  qmlserve                              serve www, or the current directory, to this machine
  qmlserve ui --document app/main.qml   another folder and another entry
  qmlserve ui/Page.qml                  the folder ui, and in it this document
  qmlserve ui --host 0.0.0.0 --qr       to every device on the network as well
  qmlserve --port 0 --log-format json   for scripts: a free port, logs as JSON
  qmlserve run                          serve, and show it in a Qt runtime of this machine
  qmlserve run ui -- build/myapp        serve ui, and show it in your own program
  qmlserve init ui                      a small project to start from
  qmlserve check                        what clients would refuse; 1 if there is any of it
  qmlserve snap --report pictures.html  pictures of the documents, compared with kept ones
  qmlserve doctor                       what this machine has and lacks for it
  qmlserve data export colors           the objects of a collection, as JSON
  qmlserve stubs                        stand-ins for the types that only your program has

Then start a client, and save a file:
  qmlscene --resize-to-root remote.qml
  qml http://localhost:8080/remote.qml

Each option can be set by a flag, by its variable, or by its key in qmlserve.toml; the first of
these that is set counts. A variable that takes several values takes them separated by commas.
`qmlserve --print-config` prints such a file to start from.";

/// Serves a tree of QML documents, and keeps every connected Qt client on its newest state
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
struct Args {
    /// The folder to serve, or a document in it to show [default: www if there is one, else the
    /// current directory]
    #[arg(value_name = "DIR|FILE.qml")]
    dir: Option<PathBuf>,

    /// The document that clients show, a path below DIR; the project may name another one, and a
    /// tree may have no other [default: main.qml]
    #[arg(long, value_name = "FILE", value_parser = parse_flag::<TreePath>)]
    document: Option<TreePath>,

    /// A folder below DIR to look up dotted modules in, beside DIR itself; repeatable
    #[arg(long = "import", value_name = "DIR", value_parser = parse_flag::<TreePath>)]
    imports: Option<Vec<TreePath>>,

    /// A folder below DIR with documents in place of what only a program has; repeatable
    /// [default: stubs]
    ///
    /// A module of it, by its qmldir or its path, counts where neither the client nor the tree has
    /// it; of a module that the tree has, what only the stand-in has is added.
    #[arg(long, value_name = "DIR", value_parser = parse_flag::<TreePath>)]
    stubs: Option<Vec<TreePath>>,

    /// A program's QML debug port, HOST:PORT or HOST:PORT=document.qml, to be shown there; repeatable
    ///
    /// Start the program with -qmljsdebugger=port:3768,block,services:QmlPreview,DebugMessages,
    /// before or after: it is waited for, and found again whenever it is restarted.
    #[arg(long, value_name = "TARGET", value_parser = parse_flag::<Target>)]
    attach: Option<Vec<Target>>,

    /// Patch the documents that a program attached to or run shows by itself, and keep its state
    /// (Qt 6.12 and later)
    ///
    /// Only what is safe is patched: literal values, and the code of functions and handlers. At any
    /// other change `run` starts the program again, and --attach says that it has to be. The
    /// program needs QMLPREVIEW_HOTRELOAD=1 in its environment, which `run` sees to.
    #[arg(
        long,
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    in_place: Option<bool>,

    /// Resource folders that programs have compiled in, and their directories, such as
    /// /qt/qml/MyApp=.
    #[arg(long, value_name = "LIST", value_parser = parse_flag::<Resources>)]
    resources: Option<Resources>,

    /// A pattern as in a .gitignore: what matches is neither watched nor served; repeatable
    #[arg(long, value_name = "PATTERN", value_parser = parse_flag::<IgnorePattern>)]
    ignore: Option<Vec<IgnorePattern>>,

    /// The port; 0 lets the system choose [default: 8080, or the next free one]
    #[arg(
        long,
        short,
        help_heading = "Network",
        value_name = "N",
        value_parser = parse_flag::<Port>
    )]
    port: Option<Port>,

    /// Open a browser when the server is there
    #[arg(long, help_heading = "Network")]
    open: bool,

    /// Print the address for a device as a QR code, with the token that lets it in
    #[arg(long, help_heading = "Network")]
    qr: bool,

    /// An address or a name to listen on, or unix:PATH; repeatable [default: 127.0.0.1 and ::1]
    ///
    /// 0.0.0.0 is every IPv4 address of this machine, :: every IPv6 one: whoever reaches them, and
    /// has the token, can read the tree. unix:PATH is a Unix socket, for a proxy on this machine.
    /// Sockets that systemd hands over (LISTEN_FDS) take the place of all of these.
    #[arg(long, help_heading = "Network", value_name = "ADDR", value_parser = parse_flag::<Host>)]
    host: Option<Vec<Host>>,

    /// Speak TLS (https, HTTP/2), with a certificate of mkcert's CA, or of one that is made once
    ///
    /// Clients have to trust that CA; how is printed. The certificate is for every name and address
    /// that is listened on or allowed.
    #[arg(
        long,
        help_heading = "Network",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    tls: Option<bool>,

    /// Speak TLS with the certificate in this file, in PEM, and what leads from it to a CA
    #[arg(long, help_heading = "Network", value_name = "FILE", value_parser = parse_flag::<PathBuf>)]
    tls_cert: Option<PathBuf>,

    /// The key of that certificate, in PEM
    #[arg(long, help_heading = "Network", value_name = "FILE", value_parser = parse_flag::<PathBuf>)]
    tls_key: Option<PathBuf>,

    /// Ask everybody for a token, this one or one that is made [default: other machines are asked
    /// for one that is made]
    ///
    /// It is a part of the URLs that are printed, /~TOKEN/..., and kept in .qmlserve beside DIR, so
    /// that they are right after the next start. Programs may send Authorization: Bearer TOKEN;
    /// a browser gets a cookie for ?token=TOKEN.
    #[arg(
        long,
        help_heading = "Network",
        value_name = "VALUE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<Asking>
    )]
    token: Option<Asking>,

    /// Ask nobody for a token: whoever reaches the server can read the tree, and write
    #[arg(long, help_heading = "Network", conflicts_with = "token")]
    no_token: bool,

    /// A name by which clients reach the server, such as a proxy's; .example.com is with its
    /// subdomains; repeatable
    ///
    /// localhost and the addresses listened on are allowed anyway. Other names are refused, so that
    /// no web page can make its own name point here.
    #[arg(
        long = "allowed-host",
        help_heading = "Network",
        value_name = "NAME",
        value_parser = parse_flag::<HostPattern>
    )]
    allowed_hosts: Option<Vec<HostPattern>>,

    /// An origin whose web pages may read and write here, such as https://example.com; repeatable
    ///
    /// Those of localhost may anyway. Qt clients send no origin and are never concerned.
    #[arg(
        long = "allowed-origin",
        help_heading = "Network",
        value_name = "ORIGIN",
        value_parser = parse_flag::<Origin>
    )]
    allowed_origins: Option<Vec<Origin>>,

    /// Tell the network of the server by multicast DNS (_qmlserve._tcp), where others can reach it
    /// [default: true]
    ///
    /// Players on phones and tablets find it so. The token is not told.
    #[arg(
        long,
        help_heading = "Network",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    mdns: Option<bool>,

    /// Watch by polling, for file systems that report no changes (NFS, some containers)
    #[arg(
        long,
        help_heading = "Watching",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    poll: Option<bool>,

    /// The time between two polls [default: 250ms]
    #[arg(
        long,
        help_heading = "Watching",
        value_name = "DURATION",
        value_parser = parse_flag::<Duration>
    )]
    poll_interval: Option<Duration>,

    /// The longest time that the changes of a burst, such as a build's, are held back to be one
    /// version [default: 2s]
    #[arg(
        long,
        help_heading = "Watching",
        value_name = "DURATION",
        value_parser = parse_flag::<Duration>
    )]
    burst: Option<Duration>,

    /// The memory for earlier states that clients may still be loading [default: 64MiB]
    #[arg(
        long,
        help_heading = "Watching",
        value_name = "SIZE",
        value_parser = parse_flag::<ByteSize>
    )]
    snapshots: Option<ByteSize>,

    /// What gets a new URL at a change: document, only what changed and what refers to it, or tree,
    /// everything [default: document]
    ///
    /// With document, the rest keeps its URL: it is not fetched again, and singletons keep their
    /// state. With tree, every change reloads everything: slower, for doubt and for comparison.
    /// With observed, which files a document loads by name is not foreseen, only learnt from what
    /// clients load.
    #[arg(
        long,
        help_heading = "Watching",
        value_name = "document|tree",
        value_parser = parse_flag::<Granularity>
    )]
    granularity: Option<Granularity>,

    /// Listen on the ports of the book as well: 5000 for its colors, 3000 for its chat
    #[arg(
        long,
        help_heading = "WebSockets",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    book: Option<bool>,

    /// A NATS server through which several qmlserve share their sockets [default: in-process]
    ///
    /// Rooms and gateways reach the sockets of all of them. Without the server, each goes on by
    /// itself until it is back.
    #[arg(
        long,
        help_heading = "WebSockets",
        value_name = "nats://[USER:PASSWORD@]HOST:PORT",
        value_parser = parse_flag::<HubAddress>
    )]
    hub: Option<HubAddress>,

    /// Where collections are kept: a file (SQLite), :memory:, or postgres://USER@HOST/NAME
    /// [default: in .qmlserve, beside DIR]
    #[arg(
        long,
        help_heading = "Collections",
        global = true,
        value_name = "PLACE",
        value_parser = parse_flag::<Data>
    )]
    data: Option<Data>,

    /// A file with several collections in it: {"posts": […], "comments": […]} [default:
    /// data/db.json beside DIR, if it is there]
    #[arg(
        long,
        help_heading = "Collections",
        global = true,
        value_name = "FILE",
        value_parser = parse_flag::<PathBuf>
    )]
    db: Option<PathBuf>,

    /// Answer for proxies from what was recorded, and ask no other server
    #[arg(
        long,
        help_heading = "Proxies",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    offline: Option<bool>,

    /// Take pushes: git push http://HOST:PORT/@qmlserve/git main puts what is pushed in the place
    /// of all that DIR has, in one step (not on Windows)
    #[arg(
        long,
        help_heading = "Deploying",
        value_name = "true|false",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = parse_flag::<bool>
    )]
    git: Option<bool>,

    /// How log lines are written to standard error [default: text]
    #[arg(
        long,
        help_heading = "Logging",
        value_name = "text|json",
        value_parser = parse_flag::<LogFormat>
    )]
    log_format: Option<LogFormat>,

    /// Log more: -v how things come about, -vv everything
    #[arg(long, short, help_heading = "Logging", action = ArgAction::Count)]
    verbose: u8,

    /// Log less: -q only what may be wrong, -qq only what failed
    #[arg(long, short, help_heading = "Logging", action = ArgAction::Count)]
    quiet: u8,

    /// The file to read settings from [default: qmlserve.toml if there is one]
    #[arg(
        long,
        help_heading = "Configuration",
        global = true,
        value_name = "FILE"
    )]
    config: Option<PathBuf>,

    /// Print every setting and where it came from, as a config file, and exit
    #[arg(long, help_heading = "Configuration")]
    print_config: bool,

    #[command(subcommand)]
    command: Option<Command>,
}

impl Args {
    fn invocation(self) -> Invocation {
        let steps = i64::from(self.verbose) - i64::from(self.quiet);
        let counted = self.verbose > 0 || self.quiet > 0;
        let welcome = Welcome {
            open: self.open,
            code: self.qr,
        };
        let flags = Flags {
            config: self.config,
            dir: self.dir,
            port: self.port,
            host: self.host,
            tls: self.tls,
            tls_cert: self.tls_cert.map(Some),
            tls_key: self.tls_key.map(Some),
            token: match self.no_token {
                true => Some(Asking::OfNobody),
                false => self.token,
            },
            document: self.document,
            imports: self.imports,
            stubs: self.stubs,
            ignore: self.ignore,
            attach: self.attach,
            in_place: self.in_place,
            mdns: self.mdns,
            resources: self.resources,
            poll: self.poll,
            poll_interval: self.poll_interval,
            burst: self.burst,
            snapshots: self.snapshots,
            allowed_hosts: self.allowed_hosts,
            allowed_origins: self.allowed_origins,
            data: self.data,
            db: self.db.map(Some),
            granularity: self.granularity,
            book: self.book,
            hub: self.hub,
            offline: self.offline,
            deploy: self.git.map(Some),
            log_format: self.log_format,
            verbosity: counted.then(|| Verbosity::from_steps(steps)),
        };
        match self.command {
            _ if self.print_config => Invocation::PrintConfig(flags),
            Some(command) => command.invocation(flags, welcome),
            None => Invocation::Serve(flags, welcome),
        }
    }
}

#[cfg(test)]
mod tests;
