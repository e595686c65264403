//! The system's own way to tell of changes, by `notify`: what is watched, and what an event means
//! here. What to do about it is not decided here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};

use notify::event::{
    AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RemoveKind, RenameMode,
};
use notify::{EventKindMask, PathOp, RecommendedWatcher, Watcher as _};

use super::Message;
use crate::path::TreePath;
use crate::tree::debounce::Signal;
use crate::tree::ignored::IGNORE_FILE;
use crate::tree::root::Root;

/// Starts the notifier, which watches nothing yet. Where `sender` takes no more, `overflowed` is
/// set.
pub(super) fn start(
    root: Arc<Root>,
    sender: SyncSender<Message>,
    overflowed: Arc<AtomicBool>,
) -> notify::Result<RecommendedWatcher> {
    let handler = move |event: notify::Result<notify::Event>| {
        forward(event, &root, &sender, &overflowed);
    };
    // Not that a file was opened: every one that is read here would be.
    let kinds = EventKindMask::CORE | EventKindMask::ACCESS_CLOSE;
    let config = notify::Config::default()
        .with_follow_symlinks(false)
        .with_event_kinds(kinds);
    RecommendedWatcher::new(handler, config)
}

/// Watches directories, all in one question to the notifier's thread.
pub(super) fn watch(
    native: &mut RecommendedWatcher,
    root: &Root,
    dirs: &[TreePath],
) -> notify::Result<()> {
    let wanted = |dir| PathOp::watch_non_recursive(root.on_disk(dir));
    let mut waiting: Vec<_> = dirs.iter().map(wanted).collect();
    while !waiting.is_empty() {
        match native.update_paths(std::mem::take(&mut waiting)) {
            Ok(()) => {}
            Err(error) if is_of_one_folder(&error.source) => waiting = error.remaining,
            Err(error) => return Err(error.source),
        }
    }
    Ok(())
}

/// Whether the error says something about one folder only: it is gone again, or
/// may not be read, of which the look tells. All others are watched none the less.
fn is_of_one_folder(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound => true,
        notify::ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
        _ => false,
    }
}

/// The whole work of the notification callback: it must not block, and it runs
/// on the notifier's own thread.
fn forward(
    event: notify::Result<notify::Event>,
    root: &Root,
    sender: &SyncSender<Message>,
    overflowed: &AtomicBool,
) {
    let send = |message| {
        if let Err(TrySendError::Full(_)) = sender.try_send(message) {
            overflowed.store(true, Ordering::Relaxed);
        }
    };
    let event = match event {
        Ok(event) => event,
        Err(error) => return send(Message::Failed(error)),
    };
    if event.need_rescan() {
        return send(Message::Signal(Signal::Everything));
    }
    for disk in &event.paths {
        if disk.file_name().is_some_and(|name| name == IGNORE_FILE) {
            send(Message::Signal(Signal::Everything));
        }
        if let Some(path) = root.path_of(disk)
            && !root.ignores(&path, false)
            && let Some(signal) = signal_of(&event.kind, disk, path)
        {
            send(Message::Signal(signal));
        }
    }
}

/// What an event means for the path it names; `None` if it does not matter.
fn signal_of(kind: &EventKind, disk: &Path, path: TreePath) -> Option<Signal> {
    // Only inotify tells that a file was closed after writing. Elsewhere a
    // modification is waited out like a burst.
    let closes = cfg!(any(target_os = "linux", target_os = "android"));
    Some(match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Metadata(_)) => Signal::Written(path),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Signal::Written(path),
        // Sums up a From and a To that have come already. As a removal it would hold back each
        // save of an editor that writes beside the file and renames into place.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if closes => return None,
        EventKind::Create(CreateKind::File) if is_link(disk) => Signal::Written(path),
        EventKind::Create(CreateKind::File) | EventKind::Modify(ModifyKind::Data(_)) if closes => {
            Signal::Writing(path)
        }
        EventKind::Remove(RemoveKind::File) => Signal::Stirred(path),
        EventKind::Access(_) => return None,
        _ => Signal::Stirred(path),
    })
}

/// Whether a file just created is a symbolic or a further hard link: it is
/// complete, and no write to be closed follows.
#[cfg(unix)]
fn is_link(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.file_type().is_symlink() || metadata.nlink() > 1)
}

#[cfg(not(unix))]
fn is_link(_: &Path) -> bool {
    false
}

/// What failed, and what to do about it.
pub(super) fn reason(error: &notify::Error) -> String {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => "the limit of inotify watches is reached (raise it: sysctl fs.inotify.max_user_watches=524288)".into(),
        notify::ErrorKind::Io(io) if io.raw_os_error() == Some(24) => "the limit of inotify instances is reached (raise it: sysctl fs.inotify.max_user_instances=1024)".into(),
        _ => format!("changes cannot be watched natively ({error})"),
    }
}

/// The name of the file system at `path` if it is one that does not report
/// what other machines write.
#[cfg(target_os = "linux")]
pub(super) fn without_events(path: &Path) -> Option<&'static str> {
    // linux/magic.h, and the drivers' own sources for the last two.
    match rustix::fs::statfs(path).ok()?.f_type {
        0x6969 => Some("NFS"),
        0x0102_1997 => Some("9P (WSL, virtual machines)"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x786f_4256 => Some("a VirtualBox shared folder"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn without_events(_: &Path) -> Option<&'static str> {
    None
}
