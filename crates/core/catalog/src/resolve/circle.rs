//! The order in which metrics are resolved, and the circles that have none.
//!
//! What is found does not depend on the metric that is asked for first: groups and circles are properties of
//! the graph. Nothing here recurses, so that no chain of metrics can overflow the stack.

use std::collections::{BTreeMap, HashMap, VecDeque};

use metricwright_api::{Code, Diagnostic, ObjectId};

/// How many members of a long circle are named.
const NAMED: usize = 8;

/// A metric, or metrics that all lead to each other.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The members with the members that each refers to, in order.
    members: BTreeMap<ObjectId, Vec<ObjectId>>,
}

impl Group {
    /// The only member, where it does not lead to itself.
    pub fn single(&self) -> Option<&ObjectId> {
        let (member, edges) = self.members.first_key_value()?;
        (self.members.len() == 1 && edges.is_empty()).then_some(member)
    }

    /// A finding on each member of the circle, which names the shortest way from it back to itself.
    pub fn findings(&self) -> Vec<(ObjectId, Diagnostic)> {
        self.members.keys().map(|member| (member.clone(), finding(member, &self.circle(member)))).collect()
    }

    /// The shortest way from a member back to itself; it is named once, first.
    fn circle<'a>(&'a self, start: &'a ObjectId) -> Vec<&'a ObjectId> {
        let mut before: HashMap<&ObjectId, &ObjectId> = HashMap::new();
        let mut next = VecDeque::from([start]);
        while let Some(member) = next.pop_front() {
            for target in self.members.get(member).into_iter().flatten() {
                if target == start {
                    return way(member, &before);
                }
                if !before.contains_key(target) {
                    before.insert(target, member);
                    next.push_back(target);
                }
            }
        }
        vec![start]
    }
}

/// The members from the first, which has none before it, to `last`.
fn way<'a>(last: &'a ObjectId, before: &HashMap<&'a ObjectId, &'a ObjectId>) -> Vec<&'a ObjectId> {
    let mut circle: Vec<_> =
        std::iter::successors(Some(last), |member| before.get(member).copied()).collect();
    circle.reverse();
    circle
}

fn finding(member: &ObjectId, circle: &[&ObjectId]) -> Diagnostic {
    let names = circle.iter().map(|id| id.relative_to(&member.namespace));
    let mut shown: Vec<_> = names.take(NAMED).collect();
    if let Some(more) = circle.len().checked_sub(NAMED).filter(|more| *more > 0) {
        shown.push(format!("({more} more)"));
    }
    shown.push(member.name.clone());
    let reason = format!("the definition leads back to itself: {}", shown.join(" → "));
    let remedy = "define one of them from a dataset, or from metrics outside the circle";
    Diagnostic::error(Code::ReferenceCycle, member, "spec", reason, remedy)
}

/// Everything that `start` leads to, itself last: a group stands after those that it refers to (Tarjan).
pub fn order(start: &ObjectId, edges: impl FnMut(&ObjectId) -> Vec<ObjectId>) -> Vec<Group> {
    let mut search =
        Search { edges, numbers: HashMap::new(), open: Vec::new(), frames: Vec::new(), groups: Vec::new() };
    search.enter(start.clone());
    while search.step() {}
    search.groups
}

struct Search<E> {
    edges: E,
    /// In which order metrics were met; none once their group is known.
    numbers: HashMap<ObjectId, Option<usize>>,
    /// Metrics whose group is not known yet.
    open: Vec<Frame>,
    /// Places in `open` of the metrics that are being looked at, the outermost first.
    frames: Vec<usize>,
    groups: Vec<Group>,
}

struct Frame {
    id: ObjectId,
    targets: Vec<ObjectId>,
    /// How many targets were looked at.
    seen: usize,
    /// The earliest open metric that this one leads to.
    earliest: usize,
}

impl<E: FnMut(&ObjectId) -> Vec<ObjectId>> Search<E> {
    fn enter(&mut self, id: ObjectId) {
        let mut targets = (self.edges)(&id);
        targets.sort();
        targets.dedup();
        let number = self.open.len();
        self.numbers.insert(id.clone(), Some(number));
        self.frames.push(number);
        self.open.push(Frame { id, targets, seen: 0, earliest: number });
    }

    /// Looks at one more target of the innermost metric, or leaves it; false when all is done.
    fn step(&mut self) -> bool {
        let Some(number) = self.frames.last().copied() else { return false };
        let Some(frame) = self.open.get_mut(number) else { return false };
        let Some(target) = frame.targets.get(frame.seen).cloned() else {
            self.leave(number);
            return true;
        };
        frame.seen += 1;
        match self.numbers.get(&target) {
            None => self.enter(target),
            Some(Some(met)) => frame.earliest = frame.earliest.min(*met),
            Some(None) => {}
        }
        true
    }

    fn leave(&mut self, number: usize) {
        self.frames.pop();
        let earliest = self.open.get(number).map_or(number, |frame| frame.earliest);
        if earliest == number {
            self.close(number);
        } else if let Some(above) = self.frames.last().and_then(|above| self.open.get_mut(*above)) {
            above.earliest = above.earliest.min(earliest);
        }
    }

    /// What was met from `number` on is one group.
    fn close(&mut self, number: usize) {
        let members: Vec<Frame> = self.open.drain(number..).collect();
        for member in &members {
            self.numbers.insert(member.id.clone(), None);
        }
        let ids: std::collections::HashSet<ObjectId> =
            members.iter().map(|member| member.id.clone()).collect();
        let inside = |frame: Frame| {
            (frame.id, frame.targets.into_iter().filter(|target| ids.contains(target)).collect())
        };
        self.groups.push(Group { members: members.into_iter().map(inside).collect() });
    }
}
