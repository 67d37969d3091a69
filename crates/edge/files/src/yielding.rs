//! Plans that can be stopped.
//!
//! A task is stopped where it yields. DataFusion's scans yield; a join that makes many rows of few does not ask its scan for
//! long, and would run on, on a thread that others wait for.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

/// The plan, yielding after every few batches that a join (or union, or recursion) gives. A join without equality that
/// gives nothing still runs to the end of its left side.
pub(crate) fn yielding(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|node| {
        Ok(match node.children().len() {
            0 | 1 => Transformed::no(node),
            _ => Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>),
        })
    })
    .data()
}
