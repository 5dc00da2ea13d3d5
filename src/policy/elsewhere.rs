//! What the answers about repos say about the token itself.

use crate::model::answer::{Answer, Gating};
use crate::model::asked::Asked;
use crate::model::reply::RepoReply;
use crate::model::requirement::{Access, Requirement};
use crate::policy::evidence::{Evidence, Shown};
use crate::policy::table::Elsewhere;

/// True where the Hub refused the credentials, or said that there were none.
pub fn is_unauthorized(reply: &RepoReply) -> bool {
    reply.exchange.status == Some(401)
}

/// What all answers together say about the token, for a whoami that gave no identity.
pub fn elsewhere(asked: &[Asked], shown: Shown) -> Elsewhere {
    let repos = asked.iter().filter_map(|asked| match asked.requirement {
        Requirement::Repo { access, .. } => Some((access, Evidence::of(asked, access, shown)?)),
        Requirement::Permission(_) | Requirement::ValidFor(_) => None,
    });
    let repos: Vec<_> = repos.collect();
    let is_granted = |access: Access| {
        move |(of, evidence): &(Access, Evidence<'_>)| {
            evidence.answer == Answer::Granted && of.writes() == access.writes()
        }
    };
    let is_described =
        |evidence: &Evidence<'_>| matches!(evidence.answer, Answer::Described(Gating::Open | Gating::Unstated));
    let is_accepted = |evidence: &Evidence<'_>| {
        !is_unauthorized(evidence.reply)
            && matches!(evidence.answer, Answer::Forbidden | Answer::Gated(_) | Answer::Policy(_) | Answer::NotFound)
    };
    // Permissions are judged from the identity: without one, they are not granted.
    let permissions = asked.iter().any(|asked| matches!(asked.requirement, Requirement::Permission(_)));
    let all =
        |holds: &dyn Fn(&(Access, Evidence<'_>)) -> bool| !permissions && !repos.is_empty() && repos.iter().all(holds);
    let pushes = repos.iter().any(is_granted(Access::Write));
    let reads = repos.iter().any(is_granted(Access::Read));
    if all(&|(_, evidence)| evidence.answer == Answer::Granted) {
        if pushes { Elsewhere::AllPush } else { Elsewhere::AllRead }
    } else if all(&|(of, evidence)| {
        evidence.answer == Answer::Granted || (*of == Access::Read && is_described(evidence))
    }) {
        Elsewhere::AllDescribed
    } else if pushes {
        Elsewhere::Push
    } else if repos.iter().any(|(_, evidence)| evidence.answer == Answer::BadCredentials) {
        Elsewhere::Refused
    } else if reads {
        Elsewhere::Read
    } else if repos.iter().any(|(_, evidence)| is_accepted(evidence)) {
        Elsewhere::Accepted
    } else if repos.iter().any(|(_, evidence)| is_unauthorized(evidence.reply)) {
        Elsewhere::Refused
    } else {
        Elsewhere::Silent
    }
}
