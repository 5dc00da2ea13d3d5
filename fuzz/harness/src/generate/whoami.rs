use arbitrary::Result;
use serde_json::{Value, json};

use crate::generate::Source;

const NAMES: [&str; 7] = ["alice", "acme", "acmee", "lab", "ALICE", "bob", "Acme"];
const MOMENTS: [&str; 7] = [
    "2026-10-06T23:59:59.000Z",
    "2026-10-07T00:00:00.000Z",
    "2026-10-07T00:00:30.000Z",
    "2026-10-07T02:00:00.000Z",
    "2027-10-07T00:00:00.000Z",
    "2025-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
];

impl Source<'_> {
    /// whoami's object, with members missing or of another type here and there.
    pub fn identity(&mut self) -> Result<Value> {
        if self.one_in(8)? {
            let raw = self.u.arbitrary::<&[u8]>()?;
            return Ok(serde_json::from_slice(raw).unwrap_or(Value::Null));
        }
        let mut identity = json!({ "name": self.name()?, "email": "user@example.com" });
        identity["type"] = self.word(&["user", "org", "app"])?;
        if !self.one_in(8)? {
            let count = self.u.int_in_range(0..=3)?;
            identity["orgs"] = (0..count).map(|_| self.org()).collect::<Result<Vec<_>>>()?.into();
        }
        if !self.one_in(8)? {
            identity["auth"] = json!({ "type": self.word(&["access_token", "oauth", "app_token"])? });
            if self.one_in(4)? {
                identity["auth"]["expiresAt"] = self.word(&MOMENTS)?;
            }
            if self.one_in(8)? {
                identity["auth"]["resource"] = json!({ "sub": self.name()? });
            }
            if !self.one_in(4)? {
                identity["auth"]["accessToken"] = self.access()?;
            }
        }
        Ok(identity)
    }

    fn org(&mut self) -> Result<Value> {
        let mut org = json!({ "name": self.name()? });
        org["roleInOrg"] = self.word(&["admin", "write", "contributor", "read", "no_access", "owner"])?;
        if self.one_in(4)? {
            org["securityRestrictions"] =
                json!([self.word(&["mfa", "token-policy", "token-revoked", "sso", "ip", "moon"])?]);
        }
        if self.one_in(4)? {
            org["resourceGroups"] = json!([{ "role": self.word(&["admin", "write", "read", "owner"])? }]);
        }
        Ok(org)
    }

    fn access(&mut self) -> Result<Value> {
        let mut access = json!({ "displayName": self.text()? });
        access["role"] = self.word(&["write", "read", "fineGrained", "fineGrained", "god"])?;
        for key in ["createdAt", "expiresAt"] {
            if self.one_in(4)? {
                access[key] = self.word(&MOMENTS)?;
            }
        }
        if !self.one_in(4)? {
            let count = if self.one_in(8)? { 0 } else { self.u.int_in_range(1..=3)? };
            let scoped = (0..count).map(|_| self.scope()).collect::<Result<Vec<_>>>()?;
            let global = if self.one_in(4)? { self.permissions()? } else { json!([]) };
            access["fineGrained"] = json!({ "canReadGatedRepos": self.one_in(2)?, "global": global, "scoped": scoped });
        }
        Ok(access)
    }

    fn scope(&mut self) -> Result<Value> {
        let mut entity = json!({ "type": self.word(&["org", "user", "model", "dataset", "resource-group", "team"])? });
        if !self.one_in(4)? {
            let repo = format!("{}/model", self.pick(&NAMES)?);
            entity["name"] = if self.one_in(3)? { repo.into() } else { self.name()? };
        }
        Ok(json!({ "entity": entity, "permissions": self.permissions()? }))
    }

    fn permissions(&mut self) -> Result<Value> {
        let known = [
            "repo.write",
            "repo.content.read",
            "job.write",
            "inference.serverless.write",
            "org.read",
            "discussion.write",
        ];
        let count = self.u.int_in_range(0..=2)?;
        Ok((0..=count).map(|_| self.word(&known)).collect::<Result<Vec<_>>>()?.into())
    }

    fn name(&mut self) -> Result<Value> {
        self.word(&NAMES)
    }
}
