//! The one place that talks to tree-sitter: syntax trees of QML documents and scripts.
//!
//! The grammar is tree-sitter-qmljs, which starts at a QML document and knows a script only
//! as the body of a function. A script is therefore wrapped in one, without adding a line,
//! and positions are given back in terms of the source.

use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

/// How much work the parser may have with one text, in hundreds of its steps: more than a text has
/// that somebody wrote, and no more than makes others wait. It is counted and not measured in time,
/// so that the same text is always judged the same.
const MOST_WORK: usize = 16_000;

/// What a hundred steps count once there was an error, where the parser tries several ways at once.
const OF_ERROR: usize = 8;

/// What a script is put into to be parsed.
const SCRIPT_HEAD: &str = "a{function a(){";
const SCRIPT_TAIL: &str = "\n}}";

/// A parsed text, and how its positions relate to those of the source that it was made from.
pub(crate) struct Syntax {
    tree: Tree,
    text: String,
    offset: usize,
}

impl Syntax {
    /// `None` if there is more work in it than [`MOST_WORK`].
    pub(crate) fn of_document(source: &str) -> Option<Self> {
        Self::new(source.to_owned(), 0)
    }

    /// Parses a script. Directives such as `.pragma library` are no JavaScript and have to be
    /// blanked out first.
    pub(crate) fn of_script(source: &str) -> Option<Self> {
        Self::new(
            [SCRIPT_HEAD, source, SCRIPT_TAIL].concat(),
            SCRIPT_HEAD.len(),
        )
    }

    fn new(text: String, offset: usize) -> Option<Self> {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_qmljs::LANGUAGE.into())
            .ok()?;
        let mut left = MOST_WORK;
        let mut cost = 1;
        let mut work = |state: &ParseState| {
            if state.has_error() {
                cost = OF_ERROR;
            }
            match left.checked_sub(cost) {
                Some(less) => {
                    left = less;
                    ControlFlow::Continue(())
                }
                None => ControlFlow::Break(()),
            }
        };
        let options = ParseOptions::new().progress_callback(&mut work);
        let mut read = |at: usize, _| text.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, None, Some(options))?;
        Some(Self { tree, text, offset })
    }

    pub(crate) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    pub(crate) fn is_script(&self) -> bool {
        self.offset > 0
    }

    pub(crate) fn has_error(&self) -> bool {
        self.root().has_error()
    }

    pub(crate) fn text(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// Where `node` is in the source.
    pub(crate) fn span(&self, node: Node<'_>) -> std::ops::Range<usize> {
        let range = node.byte_range();
        range.start.saturating_sub(self.offset)..range.end.saturating_sub(self.offset)
    }

    /// The line, from 1, that `node` starts on.
    pub(crate) fn line(&self, node: Node<'_>) -> u32 {
        u32::try_from(node.start_position().row).map_or(u32::MAX, |row| row.saturating_add(1))
    }

    /// Every node, parents before children, in the order of the source.
    pub(crate) fn nodes(&self) -> Nodes<'_> {
        nodes(self.root())
    }

    /// Whether the tree is so deep or so large that nobody wrote it by hand.
    /// Looking up from a node costs as much as it is deep.
    pub(crate) fn is_monstrous(&self) -> bool {
        const DEEPEST: u32 = 500;
        const LARGEST: usize = 300_000;
        let mut nodes = self.nodes();
        let mut count = 0;
        while nodes.next().is_some() {
            count += 1;
            let depth = nodes.cursor.as_ref().map_or(0, |cursor| cursor.depth());
            if depth > DEEPEST || count > LARGEST {
                return true;
            }
        }
        false
    }

    /// Where the source first goes wrong, as an offset into it.
    pub(crate) fn first_error(&self) -> Option<usize> {
        if !self.has_error() {
            return None;
        }
        let node = self.nodes().find(|node| is_culprit(*node));
        Some(self.span(node.unwrap_or(self.root())).start)
    }
}

/// An error node with no error inside it: the innermost one is nearest to the mistake.
fn is_culprit(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.is_missing()
        || node.is_error()
            && !node
                .children(&mut cursor)
                .any(|child| child.has_error() || child.is_missing())
}

/// Every node below and including `root`.
pub(crate) fn nodes(root: Node<'_>) -> Nodes<'_> {
    Nodes {
        cursor: Some(root.walk()),
    }
}

/// Iterates without recursion: a document may nest deeper than the stack.
pub(crate) struct Nodes<'tree> {
    cursor: Option<tree_sitter::TreeCursor<'tree>>,
}

impl<'tree> Iterator for Nodes<'tree> {
    type Item = Node<'tree>;

    fn next(&mut self) -> Option<Self::Item> {
        let cursor = self.cursor.as_mut()?;
        let node = cursor.node();
        if !cursor.goto_first_child() {
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    self.cursor = None;
                    break;
                }
            }
        }
        Some(node)
    }
}
