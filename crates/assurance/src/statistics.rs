//! Intervals, quantiles and tests: pure functions over integers, without any idea of records.
//!
//! Same input, same output, whatever the order of the data: counts and durations are integers, sums over floating point
//! numbers run in an order that the caller fixes, and what is drawn by chance is drawn from a seed. Shares are fractions
//! of 1 unless a name says percent; durations are milliseconds. Section numbers are those of iso20000.md.

mod binomial;
mod bootstrap;
mod clusters;
mod funnel;
mod many;
mod normal;
mod order;
mod quantiles;
mod sampling;
mod standardise;
mod survival;
mod target;
mod trend;
mod unknowns;
mod wilson;

pub use binomial::{clopper_pearson, cumulative, upper_bound};
pub use bootstrap::{Replicates, SEED, Statistic, bootstrap, difference};
pub use clusters::{Cluster, clustered};
pub use funnel::{Funnel, Signal, Unit, overdispersion};
pub use many::{benjamini_hochberg, two_sided};
pub use normal::{normal_cdf, normal_quantile};
pub use order::order_interval;
pub use quantiles::{MEDIAN, P90, P95, Share, linear, mean, nearest_rank, percent};
pub use sampling::zero_exception_sample;
pub use standardise::{Rate, Standardised, Stratum, direct, direct_of, indirect};
pub use survival::{Compared, Curve, Lifetime, Restricted, between_open_bounds, log_rank};
pub use target::{Attainment, Standing, attained, is_over, share_beside, standing};
pub use trend::{Limits, p_chart, xmr};
pub use unknowns::{Bounds, hidden_share, quantile_bounds, share_bounds};
pub use wilson::{Interval, Z_95, sample_for_half_width, wilson, wilson_95};
