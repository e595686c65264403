//! A slow and a broken network, on order.

use std::time::{Duration, Instant};

use crate::place::{Place, names, send};

#[test]
fn failures_on_order_write_nothing() {
    let server = Place::colors()
        .config("[collections.colors]\nfail = 0.5\n")
        .start();
    let (mut failed, mut kept) = (0, Vec::new());
    for n in 0..60 {
        let name = format!("n{n}");
        let (status, body) = send(
            &server,
            "POST",
            "/colors",
            &format!(r#"{{"name":"{name}"}}"#),
        );
        match status {
            201 => kept.push(name),
            503 => {
                assert!(
                    body["error"]["message"]
                        .as_str()
                        .unwrap()
                        .contains("on purpose")
                );
                failed += 1;
            }
            _ => panic!("{status} {body}"),
        }
    }
    assert!(failed > 0 && !kept.is_empty(), "{failed} of 60 failed");
    let list = loop {
        let response = server.get("/colors");
        if response.status == 200 {
            break response.json();
        }
    };
    let there = list["data"].as_array().unwrap().iter().skip(3);
    let there: Vec<&str> = there.filter_map(|object| object["name"].as_str()).collect();
    assert_eq!(there, kept);
}

#[test]
fn all_or_none_fail() {
    let server = Place::colors()
        .config("[collections.colors]\nfail = \"100%\"\n")
        .start();
    for _ in 0..10 {
        let response = server.get("/colors/red");
        assert_eq!(response.status, 503);
        assert_eq!(response.header("retry-after"), Some("1"));
    }
}

#[test]
fn a_delay_comes_before_the_answer() {
    let server = Place::colors()
        .config("[collections.colors]\ndelay = \"300ms\"\n")
        .start();
    let start = Instant::now();
    assert_eq!(names(&server, "/colors").len(), 3);
    assert!(
        start.elapsed() >= Duration::from_millis(300),
        "that is what was ordered"
    );
}
