//! What a directory holds, for people and for programs.

use std::fmt::Write as _;
use std::fs;

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::http::{escape, page, prefix, wants_html};
use crate::path::TreePath;
use crate::tree::root::{OpenError, Root};

/// One line of a listing.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    name: String,
    #[serde(rename = "type")]
    kind: RowKind,
    /// In bytes; files only.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip)]
    path: TreePath,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum RowKind {
    Directory,
    File,
}

/// Reads the visible entries of a directory, directories first.
pub(super) fn rows(root: &Root, dir: &TreePath) -> Result<Vec<Row>, OpenError> {
    let mut rows = Vec::new();
    for child in root.list(dir)?.children {
        // What would not be served is not listed: links out of the tree.
        if child.is_link && root.open_path(&child.path).is_err() {
            continue;
        }
        let size = fs::metadata(root.on_disk(&child.path)).map(|metadata| metadata.len());
        rows.push(Row {
            name: child.path.name().to_owned(),
            kind: if child.is_dir {
                RowKind::Directory
            } else {
                RowKind::File
            },
            size: size.ok().filter(|_| !child.is_dir),
            path: child.path,
        });
    }
    rows.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    Ok(rows)
}

/// A page for a browser, JSON for anybody else.
pub(super) fn respond(request: &HttpRequest, dir: &TreePath, rows: &[Row]) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-cache"));
    response.insert_header((header::VARY, "Accept"));
    if wants_html(request) {
        response
            .content_type(ContentType::html())
            .body(table(&prefix(request), dir, rows))
    } else {
        response.json(rows)
    }
}

fn table(prefix: &str, dir: &TreePath, rows: &[Row]) -> String {
    let mut table = "<table>\n".to_owned();
    // Writing into a String does not fail.
    if !dir.is_root() {
        let _ = writeln!(
            table,
            "<tr><td><a href=\"{prefix}/{}\">..</a><td>",
            escape(&dir.parent().to_url())
        );
    }
    for row in rows {
        let slash = if row.kind == RowKind::Directory {
            "/"
        } else {
            ""
        };
        let size = row.size.map(|size| format!("{size} B")).unwrap_or_default();
        let _ = writeln!(
            table,
            "<tr><td><a href=\"{prefix}/{}{slash}\">{}{slash}</a><td>{size}",
            escape(&row.path.to_url()),
            escape(&row.name),
        );
    }
    table.push_str("</table>\n");
    page(&format!("/{dir}"), &table)
}
