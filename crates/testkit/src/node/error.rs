//! Why a node or a Pod on it cannot run.

use std::io;
use std::path::PathBuf;

/// What can go wrong with a [`Node`](super::Node) and the Pods on it. In a Pod's status its text is the message.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The process may not make mount and process namespaces.
    #[error("the node for tests needs Linux and root, to make namespaces and addresses: {0}")]
    Rights(String),

    /// The node's thread ended before the node was there.
    #[error("the node ended while it started")]
    Ended,

    /// A program could not be run at all.
    #[error("{program} could not be run: {source}")]
    Run {
        /// The program's name or path.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },

    /// A file of the node could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },

    /// No address could be given to a Pod.
    #[error("no address for the Pod: {0}")]
    Address(String),

    /// The control plane could not be used.
    #[error(transparent)]
    ControlPlane(#[from] crate::control_plane::Error),

    /// The API server refused or did not answer.
    #[error("API server: {0}")]
    Api(#[source] Box<kube::Error>),

    /// No program stands for the image.
    #[error(
        "no program stands for image {image:?}; there are {known}. Name it in `NodeOptions::with_program`"
    )]
    Image {
        /// The image that the container asks for.
        image: String,
        /// The repositories there are programs for.
        known: String,
    },

    /// Something that the Pod refers to is not there yet.
    #[error("{0}")]
    Missing(String),

    /// The Pod asks for what this node does not do.
    #[error("the node for tests does not do {0}")]
    NotDone(String),
}

impl NodeError {
    /// Names the file an operation of the operating system failed on.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// The reason that a kubelet gives in the status of a container.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Image { .. } => "ErrImagePull",
            Self::Missing(_) | Self::NotDone(_) => "CreateContainerConfigError",
            _ => "CreateContainerError",
        }
    }
}

impl From<kube::Error> for NodeError {
    fn from(error: kube::Error) -> Self {
        match &error {
            kube::Error::Api(status) if status.code == 404 => Self::Missing(status.message.clone()),
            _ => Self::Api(Box::new(error)),
        }
    }
}
