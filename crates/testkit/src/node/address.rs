//! An address of its own for each Pod, on the loopback device.
//!
//! `EndpointSlices` refuse 127.0.0.0/8, so the addresses are private ones, 10.77.0.0/16. Adding one that is there fails, whichever test
//! process added it: that is how they are shared out.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::NodeError;

/// Adds an address to `lo`, says so, and takes it away once the standard input ends: on drop, on exit and on kill -9 alike.
const HOLDER: &str = r#"
ip address add "$1/32" dev lo && echo held || exit 1
cat >/dev/null
ip address delete "$1/32" dev lo
"#;

/// How many addresses are tried.
const TRIES: u32 = 200;

/// An address that lives as long as this value.
#[derive(Debug)]
pub(super) struct Address {
    pub ip: Ipv4Addr,
    holder: Child,
}

impl Address {
    /// Takes the next free one.
    pub fn take() -> Result<Self, NodeError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Test processes begin at different places, so that they seldom try the same.
        let begin = std::process::id().wrapping_mul(251);
        let mut last = String::new();
        for _ in 0..TRIES {
            let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
            match Self::hold(nth(number)) {
                Ok(address) => return Ok(address),
                Err(error) => last = error,
            }
        }
        Err(NodeError::Address(last))
    }

    fn hold(ip: Ipv4Addr) -> Result<Self, String> {
        let said = |error: std::io::Error| error.to_string();
        let mut command = Command::new("sh");
        command.args(["-c", HOLDER, "holder", &ip.to_string()]);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut holder = piped.spawn().map_err(said)?;
        let mut line = String::new();
        if let Some(out) = holder.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(said)?;
        }
        if line.trim() == "held" {
            return Ok(Self { ip, holder });
        }
        let _ = holder.wait();
        Err(format!("{ip} cannot be added to lo"))
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// The addresses 10.77.0.2 to 10.77.255.253, one after the other.
fn nth(number: u32) -> Ipv4Addr {
    let within = number % (u32::from(u16::MAX) - 4) + 2;
    let [_, _, third, fourth] = within.to_be_bytes();
    Ipv4Addr::new(10, 77, third, fourth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_inside_the_range() {
        assert_eq!(nth(0), Ipv4Addr::new(10, 77, 0, 2));
        assert_eq!(nth(u32::from(u16::MAX) - 5), Ipv4Addr::new(10, 77, 255, 252));
        assert_eq!(nth(u32::from(u16::MAX) - 4), nth(0));
    }
}
