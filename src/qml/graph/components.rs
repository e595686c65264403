//! From edges to closures: strongly connected components, hashed bottom-up.
//!
//! The hash of a component covers its members and the hashes of the components that it
//! leads to, and so everything that can be reached, without ever listing it.

use blake3::Hasher;

use super::Digest;

/// The edges of a graph whose nodes are `0..len`.
pub(super) struct Edges {
    /// Where the targets of each node begin; one more than there are nodes.
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Edges {
    pub(super) fn with_capacity(nodes: usize) -> Self {
        let mut starts = Vec::with_capacity(nodes + 1);
        starts.push(0);
        Self {
            starts,
            targets: Vec::new(),
        }
    }

    /// Adds the targets of the next node.
    pub(super) fn push(&mut self, targets: impl Iterator<Item = u32>) {
        self.targets.extend(targets);
        self.starts.push(self.targets.len() as u32);
    }

    fn of(&self, node: u32) -> &[u32] {
        let at = node as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => self
                .targets
                .get(*start as usize..*end as usize)
                .unwrap_or(&[]),
            _ => &[],
        }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }
}

/// The hash of everything that can be reached from each node, given the hash of what each node
/// is by itself.
pub(super) fn closures(edges: &Edges, own: &[Digest]) -> Vec<Digest> {
    let mut search = Search::new(edges.len());
    let mut closures = vec![Digest::default(); edges.len()];
    for node in 0..edges.len() as u32 {
        search.run(node, edges, |members| {
            let closure = hash(members, edges, own, &closures);
            for member in members {
                closures[*member as usize] = closure;
            }
        });
    }
    closures
}

/// Called when every component that this one leads to has its hash.
fn hash(members: &[u32], edges: &Edges, own: &[Digest], closures: &[Digest]) -> Digest {
    if let [leaf] = members
        && edges.of(*leaf).is_empty()
    {
        return own[*leaf as usize];
    }
    let mut members = members.to_vec();
    members.sort_unstable();
    let mut below: Vec<u32> = members
        .iter()
        .flat_map(|member| edges.of(*member))
        .copied()
        .collect();
    below.sort_unstable();
    below.dedup();
    // The order is that of the paths, so it is the same in every tree with these files.
    let below = below
        .iter()
        .filter(|target| members.binary_search(target).is_err());
    let mut hasher = Hasher::new();
    hasher.update(&(members.len() as u64).to_le_bytes());
    for member in &members {
        hasher.update(&own[*member as usize]);
    }
    for target in below {
        hasher.update(&closures[*target as usize]);
    }
    hasher.finalize().into()
}

const UNSEEN: u32 = u32::MAX;

/// Tarjan's algorithm with a stack of its own, so that a long chain of documents cannot
/// overflow the thread's.
struct Search {
    order: Vec<u32>,
    lowest: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    next: u32,
}

impl Search {
    fn new(nodes: usize) -> Self {
        Self {
            order: vec![UNSEEN; nodes],
            lowest: vec![0; nodes],
            on_stack: vec![false; nodes],
            stack: Vec::new(),
            next: 0,
        }
    }

    /// Visits what can be reached from `start`, and reports each component after those that
    /// it leads to.
    fn run(&mut self, start: u32, edges: &Edges, mut found: impl FnMut(&[u32])) {
        if self.order[start as usize] != UNSEEN {
            return;
        }
        self.see(start);
        let mut calls = vec![(start, 0)];
        while let Some((node, at)) = calls.last_mut() {
            let node = *node;
            match edges.of(node).get(*at) {
                Some(target) => {
                    *at += 1;
                    if self.order[*target as usize] == UNSEEN {
                        self.see(*target);
                        calls.push((*target, 0));
                    } else if self.on_stack[*target as usize] {
                        self.lower(node, self.order[*target as usize]);
                    }
                }
                None => {
                    calls.pop();
                    if let Some((caller, _)) = calls.last() {
                        self.lower(*caller, self.lowest[node as usize]);
                    }
                    if self.lowest[node as usize] == self.order[node as usize] {
                        self.close(node, &mut found);
                    }
                }
            }
        }
    }

    fn see(&mut self, node: u32) {
        self.order[node as usize] = self.next;
        self.lowest[node as usize] = self.next;
        self.next += 1;
        self.stack.push(node);
        self.on_stack[node as usize] = true;
    }

    fn lower(&mut self, node: u32, order: u32) {
        let lowest = &mut self.lowest[node as usize];
        *lowest = order.min(*lowest);
    }

    fn close(&mut self, node: u32, found: &mut impl FnMut(&[u32])) {
        let start = self
            .stack
            .iter()
            .rposition(|seen| *seen == node)
            .unwrap_or(0);
        for member in &self.stack[start..] {
            self.on_stack[*member as usize] = false;
        }
        found(&self.stack[start..]);
        self.stack.truncate(start);
    }
}
