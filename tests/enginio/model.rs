//! Who may do what, as it has to be: a model of all rights, and of what everybody has to be told.

use std::collections::BTreeSet;

/// How many users there are, beside nobody.
pub const USERS: usize = 5;

/// All rights, by their names.
pub const RIGHTS: [&str; 4] = ["read", "update", "delete", "admin"];

/// Who has a right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Everybody,
    LoggedIn,
    User(usize),
    Group(usize),
}

#[derive(Clone, Debug)]
pub struct Object {
    pub id: String,
    pub kind: &'static str,
    pub parent: Option<String>,
    pub n: usize,
    pub word: usize,
    /// Right and subject.
    pub grants: BTreeSet<(usize, Subject)>,
}

/// All there is, as it has to be. User [`USERS`] is nobody.
#[derive(Default)]
pub struct Model {
    pub objects: Vec<Object>,
    /// The members of each group.
    pub groups: Vec<BTreeSet<usize>>,
    /// What each user has to be told: event, id, and whether with all properties.
    pub told: Vec<Vec<(String, String, bool)>>,
}

impl Model {
    pub fn find(&self, id: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.id == id)
    }

    pub fn is(&self, user: usize, subject: &Subject) -> bool {
        match subject {
            Subject::Everybody => true,
            Subject::LoggedIn => user < USERS,
            Subject::User(id) => *id == user,
            Subject::Group(group) => self.groups[*group].contains(&user),
        }
    }

    /// By its own rights, by those of what it is in, and of what that is in.
    pub fn may(&self, user: usize, object: &Object, right: usize) -> bool {
        let by = |object: &Object| {
            let mut grants = object.grants.iter();
            grants.any(|(given, subject)| {
                (*given == right || RIGHTS[*given] == "admin") && self.is(user, subject)
            })
        };
        let above = |object: &Object| self.find(object.parent.as_ref()?);
        let parent = above(object);
        by(object) || parent.is_some_and(by) || parent.and_then(above).is_some_and(by)
    }

    /// An object, and all that goes with it.
    pub fn with_below(&self, id: &str) -> Vec<String> {
        let mut all = vec![id.to_owned()];
        let mut next = 0;
        while let Some(above) = all.get(next).cloned() {
            let below = self
                .objects
                .iter()
                .filter(|o| o.parent.as_ref() == Some(&above));
            let below = below.map(|object| object.id.clone());
            let new: Vec<String> = below.filter(|id| !all.contains(id)).collect();
            all.extend(new);
            next += 1;
        }
        all
    }

    /// Who may read each object.
    pub fn sights(&self) -> Vec<(String, Vec<bool>)> {
        let objects = self.objects.iter();
        objects
            .map(|object| (object.id.clone(), self.readers(&object.id)))
            .collect()
    }

    /// Everybody is told of what came into sight and what went out of it, but for one object.
    pub fn tell_sights(&mut self, before: &[(String, Vec<bool>)], but: &str) {
        for (id, before) in before.iter().filter(|(id, _)| id != but) {
            let after = self.readers(id);
            self.tell("access", id, before, &after);
        }
    }

    /// The status of a request that needs a right.
    pub fn status(&self, user: usize, id: &str, right: usize) -> u16 {
        match self.find(id) {
            Some(object) if self.may(user, object, right) && self.may(user, object, 0) => 200,
            Some(object) if self.may(user, object, 0) => 403,
            _ => 404,
        }
    }

    pub fn readers(&self, id: &str) -> Vec<bool> {
        let object = self.find(id);
        let reads = |user| object.is_some_and(|object| self.may(user, object, 0));
        (0..=USERS).map(reads).collect()
    }

    pub fn ids(&self, user: usize, is_wanted: impl Fn(&Object) -> bool) -> Vec<String> {
        let wanted = self.objects.iter().filter(|object| is_wanted(object));
        let readable = wanted.filter(|object| self.may(user, object, 0));
        readable.map(|object| object.id.clone()).collect()
    }

    pub fn tell(&mut self, event: &str, id: &str, before: &[bool], after: &[bool]) {
        for user in 0..=USERS {
            let told = match (event, before[user], after[user]) {
                ("create", _, true) => "create",
                ("delete", true, _) => "delete",
                ("update" | "access", false, true) => "create",
                ("update" | "access", true, false) => "delete",
                ("update", true, true) => "update",
                _ => continue,
            };
            let is_whole = event == "delete" || after[user];
            self.told[user].push((told.to_owned(), id.to_owned(), is_whole));
        }
    }
}
