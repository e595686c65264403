//! Nothing outside of the tree is ever sent, whatever is done to the folder meanwhile.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::support::TestServer;

#[test]
fn a_folder_that_is_exchanged_for_a_link_while_it_is_asked_for_leads_nowhere_else() {
    let server = TestServer::start(&[("main.qml", "Item {}"), ("dir/secret.txt", "inside")]);
    let outside = server.folder.around().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("secret.txt"), "outside").unwrap();
    fs::write(outside.join("other.txt"), "outside").unwrap();
    let (dir, link) = (server.folder.on_disk("dir"), server.folder.on_disk("link"));
    symlink(&outside, &link).unwrap();

    let end = Instant::now() + Duration::from_secs(2);
    let exchange = std::thread::spawn(move || {
        while Instant::now() < end {
            renameat_with(CWD, &dir, CWD, &link, RenameFlags::EXCHANGE).unwrap();
        }
    });
    let mut answers = [0; 3];
    while Instant::now() < end {
        let file = server.get("/dir/secret.txt");
        let listing = server.get("/dir/");
        assert!(!file.text().contains("outside"), "{}", file.text());
        assert!(!listing.text().contains("other.txt"), "{}", listing.text());
        answers[usize::from(file.status == 200)] += 1;
        answers[2] += usize::from(listing.status == 200);
    }
    exchange.join().unwrap();
    assert!(answers.iter().all(|count| *count > 0), "{answers:?}");
}
