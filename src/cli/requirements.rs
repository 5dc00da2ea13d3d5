//! What the job requires, from `--read` and its like or from their variables.

use std::ffi::OsString;

use clap::ArgMatches;

use crate::cli::setting::{Given, Setting};
use crate::cli::usage::{Origin, Shown, UsageError};
use crate::env::{Env, Variable};
use crate::model::endpoint::Endpoint;
use crate::model::permission::Permission;
use crate::model::requirement::{Access, Requirement};
use crate::model::spelling::RepoAt;

/// An option that states a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequirementOption {
    /// `--read`, `--write`, `--create`
    Repo(Access),
    /// `--permission`
    Permission,
    /// `--valid-for`
    ValidFor,
}

impl RequirementOption {
    /// Every one, in the order in which those of variables come.
    pub const ALL: [Self; 5] = [
        Self::Repo(Access::Read),
        Self::Repo(Access::Write),
        Self::Repo(Access::Create),
        Self::Permission,
        Self::ValidFor,
    ];

    const fn setting(self) -> Setting {
        match self {
            Self::Repo(Access::Read) => Setting { flag: "--read", variable: Variable::Read },
            Self::Repo(Access::Write) => Setting { flag: "--write", variable: Variable::Write },
            Self::Repo(Access::Create) => Setting { flag: "--create", variable: Variable::Create },
            Self::Permission => Setting { flag: "--permission", variable: Variable::Permission },
            Self::ValidFor => Setting { flag: "--valid-for", variable: Variable::ValidFor },
        }
    }

    /// What was typed, with its place on the command line.
    fn typed(self, matches: &ArgMatches) -> Vec<(usize, OsString)> {
        // clap's id is the name of the field in `Cli`.
        let id = self.setting().flag.trim_start_matches('-').replace('-', "_");
        match (matches.indices_of(&id), matches.get_many::<OsString>(&id)) {
            (Some(places), Some(values)) => places.zip(values.cloned()).collect(),
            _ => Vec::new(),
        }
    }

    /// One requirement, from the text of this option.
    pub fn parse(self, given: &Given, endpoint: &Endpoint) -> Result<Requirement, UsageError> {
        let (origin, value) = (given.origin, || Shown::of(&given.text));
        match self {
            Self::Repo(access) => {
                let RepoAt { repo, revision } = RepoAt::parse(&given.text, endpoint)
                    .map_err(|cause| UsageError::Repo { origin, value: value(), cause })?;
                if access != Access::Read && repo.owner.is_none() {
                    return Err(UsageError::NoOwner { origin, value: value() });
                }
                Ok(Requirement::Repo { access, repo, revision })
            }
            Self::Permission => Permission::parse(&given.text)
                .map(Requirement::Permission)
                .map_err(|cause| UsageError::Permission { origin, value: value(), cause }),
            Self::ValidFor => given.duration().map(Requirement::ValidFor),
        }
    }
}

/// The requirements in the order in which they were typed; those of variables come after, option by option.
pub fn requirements(matches: &ArgMatches, env: &Env, endpoint: &Endpoint) -> Result<Vec<Requirement>, UsageError> {
    let mut placed: Vec<(usize, Requirement)> = Vec::new();
    for option in RequirementOption::ALL {
        let Setting { flag, variable } = option.setting();
        let typed = option.typed(matches);
        for (place, value) in &typed {
            let given = Given::new(Origin::Flag(flag), value)?;
            placed.push((*place, option.parse(&given, endpoint)?));
        }
        let list = if typed.is_empty() { Given::from_env(variable, env).transpose()? } else { None };
        if let Some(list) = list.as_ref().filter(|list| items(&list.text).next().is_none()) {
            return Err(UsageError::EmptyList(list.origin));
        }
        for item in list.iter().flat_map(|list| items(&list.text)) {
            let given = Given { origin: Origin::Variable(variable), text: item.into() };
            placed.push((usize::MAX, option.parse(&given, endpoint)?));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    let mut requirements: Vec<Requirement> = Vec::new();
    for (_, requirement) in placed {
        if !requirements.contains(&requirement) {
            requirements.push(requirement);
        }
    }
    Ok(requirements)
}

/// The items of a list, separated by commas or white space.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty())
}
