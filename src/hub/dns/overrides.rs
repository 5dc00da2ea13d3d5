/// Variables that come before `/etc/resolv.conf`, as for glibc.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `LOCALDOMAIN`: the search list.
    pub search: Option<String>,
    /// `RES_OPTIONS`: more options.
    pub options: Option<String>,
}
