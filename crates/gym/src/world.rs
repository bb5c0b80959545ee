//! The world: customers, services, groups and incidents, made from a seed.

use crate::dice::Dice;
use crate::incident::{Caller, Incident, Request};
use crate::plan::{self, Ground, weekday};
use crate::provider::{CUSTOMERS, Contact, GROUPS, Group, Provider, SERVICES, Service};
use crate::words::{self, Language};
use jiff::Timestamp;

/// The world's now: 2026-06-30T22:00:00Z, midnight in Berlin. It never is the wall clock.
pub const NOW: Timestamp = Timestamp::constant(1_782_856_800, 0);

/// On this day kumo left its German predecessor tool: 2026-04-01T00:00 in Berlin.
pub(crate) const KUMO_CUTOVER: Timestamp = Timestamp::constant(1_774_994_400, 0);

/// How big a world is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Incidents of all providers together.
    pub incidents: u32,
}

impl Default for Scale {
    fn default() -> Self {
        Self { incidents: 1_500 }
    }
}

/// What truly happened. Providers tell it in their own ways, see [`crate::Estate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World {
    /// What it was made from.
    pub seed: u64,
    /// When it stands still.
    pub now: Timestamp,
    /// Whom the providers work for.
    pub customers: Vec<&'static str>,
    /// What they run.
    pub services: Vec<Service>,
    /// Who works there.
    pub groups: Vec<Group>,
    /// By provider, then by the moment of being opened.
    pub incidents: Vec<Incident>,
    /// What is sent among the incidents and is none.
    pub requests: Vec<Request>,
}

impl World {
    /// The world of this seed; the same on every machine.
    pub fn generate(seed: u64, scale: Scale) -> Self {
        let mut incidents = Vec::with_capacity(scale.incidents as usize);
        let mut left = scale.incidents;
        for (at, provider) in Provider::ALL.iter().enumerate() {
            let share = (u64::from(scale.incidents) * u64::from(provider.profile().share) / 1000) as u32;
            let count = if at + 1 == Provider::ALL.len() { left } else { share };
            left -= count;
            populate(seed, *provider, count, &mut incidents);
        }
        Self {
            seed,
            now: NOW,
            customers: CUSTOMERS.to_vec(),
            services: SERVICES.to_vec(),
            groups: GROUPS.to_vec(),
            incidents,
            requests: requests(seed),
        }
    }

    /// The incidents of one provider, in the order of being opened.
    pub fn incidents_of(&self, provider: Provider) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(move |incident| incident.provider == provider)
    }
}

/// Arrivals by weekday, Monday first.
const BY_WEEKDAY: [u32; 7] = [26, 21, 19, 18, 16, 3, 2];
/// Arrivals by hour of the day, UTC.
const BY_HOUR: [u32; 24] = [1, 1, 1, 1, 2, 6, 16, 26, 28, 24, 20, 14, 18, 20, 16, 11, 7, 4, 3, 2, 2, 2, 1, 1];
const DAY: i64 = 86_400;

fn populate(seed: u64, provider: Provider, count: u32, incidents: &mut Vec<Incident>) {
    let profile = provider.profile();
    let family = (provider as u64 + 1) << 32;
    let mut arrivals = Dice::new(seed, family);
    let first_day = profile.since_secs / DAY;
    let last_day = NOW.as_second() / DAY;
    let weights: Vec<u32> = (first_day..=last_day).map(|day| BY_WEEKDAY[weekday(day)]).collect();
    let mut opened: Vec<i64> = (0..count)
        .map(|_| {
            let day = first_day + arrivals.weighted(&weights) as i64;
            let hour = arrivals.weighted(&BY_HOUR) as i64;
            let secs = day * DAY + hour * 3_600 + arrivals.below(3_600) as i64;
            // What came in during the last hour is not recorded yet, but for the record itself.
            secs.min(NOW.as_second() - 3_600) / profile.grain_secs * profile.grain_secs
        })
        .collect();
    opened.sort_unstable();
    for (at, opened_secs) in opened.into_iter().enumerate() {
        let mut dice = Dice::new(seed, family + 1 + at as u64);
        incidents.push(incident(&mut dice, provider, at as u64, opened_secs));
    }
}

fn incident(dice: &mut Dice, provider: Provider, at: u64, opened_secs: i64) -> Incident {
    let profile = provider.profile();
    let opened = Timestamp::from_second(opened_secs).expect("arrivals lie within the world");
    let service = dice.pick(&provider.services());
    let contact =
        [Contact::Phone, Contact::Email, Contact::SelfService, Contact::Monitoring][dice.weighted(&profile.contacts)];
    let impact = 1 + dice.weighted(&[9, 58, 33]) as u8;
    let urgency = 1 + dice.weighted(&[12, 56, 32]) as u8;
    let priority = (impact + urgency - 1).min(5);
    let language = match provider {
        Provider::Nordlicht => Language::German,
        Provider::Kumo if opened < KUMO_CUTOVER => Language::German,
        Provider::Kumo | Provider::Acme | Provider::Tarn => Language::English,
    };
    let (mut title, category) = words::title(dice, service.name, language);
    // Attacks are rare, and everywhere.
    if at % 41 == 17 {
        let hostile = words::hostile(provider, language);
        title = hostile[(at / 41) as usize % hostile.len()].to_owned();
    }
    let (id, number) = match provider {
        Provider::Acme => plain(format!("INC01{at:05}")),
        Provider::Nordlicht => (format!("{:016x}{:016x}", dice.bits(), dice.bits()), format!("INC03{at:05}")),
        Provider::Kumo => plain(format!("KU-{}", 20_000 + at)),
        Provider::Tarn => plain(format!("TRN-{}", 1 + at)),
    };
    let groups = provider.groups();
    let life = plan::life(dice, &Ground { profile, groups: &groups, opened_secs, priority, now_secs: NOW.as_second() });
    Incident {
        provider,
        id,
        number,
        title,
        customer: dice.pick(CUSTOMERS),
        service: service.name,
        category,
        contact,
        caller: Caller(1 + dice.below(240) as u32),
        impact,
        urgency,
        opened,
        target_secs: profile.target_hours[usize::from(priority) - 1] * 3_600,
        life,
    }
}

fn plain(number: String) -> (String, String) {
    (number.clone(), number)
}

fn requests(seed: u64) -> Vec<Request> {
    let mut dice = Dice::new(seed, 9 << 32);
    let services = Provider::Nordlicht.services();
    let since = Provider::Nordlicht.profile().since_secs;
    let mut requests: Vec<Request> = words::REQUESTS
        .iter()
        .enumerate()
        .map(|(at, title)| Request {
            id: format!("{:016x}{:016x}", dice.bits(), dice.bits()),
            number: format!("RITM00{:05}", 100 + at),
            title,
            service: dice.pick(&services).name,
            opened: Timestamp::from_second(since + (20 + 25 * at as i64) * DAY + 30_000 + dice.below(9_000) as i64)
                .expect("requests lie within the world"),
        })
        .collect();
    requests.sort_by_key(|request| request.opened);
    requests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::{Change, State};
    use counterfoil_model::Kind;
    use proptest::prelude::*;

    #[test]
    fn moments_are_what_they_are_said_to_be() {
        assert_eq!(NOW.to_string(), "2026-06-30T22:00:00Z");
        assert_eq!(KUMO_CUTOVER.in_tz("Europe/Berlin").unwrap().datetime().to_string(), "2026-04-01T00:00:00");
    }

    #[test]
    fn the_default_world_is_plausible() {
        let world = World::generate(1, Scale::default());
        assert_eq!(world.incidents.len(), 1_500);
        let count = |wanted: fn(&Incident) -> bool| world.incidents.iter().filter(|i| wanted(i)).count();
        assert!((5..90).contains(&count(|i| i.priority() == 1)), "P1 {}", count(|i| i.priority() == 1));
        assert!(count(|i| i.last().state == State::Cancelled) > 15);
        assert!((40..260).contains(&count(|i| i.last().state.is_open())), "{}", count(|i| i.last().state.is_open()));
        assert!(count(|i| i.last().reopened > 1) > 0);
        assert!(count(|i| i.last().reassigned > 2) > 10);
        assert!(count(|i| i.title.contains("cmd|")) >= 3);
        let weekend = count(|i| weekday(i.opened.as_second() / DAY) > 4);
        assert!((20..120).contains(&weekend), "{weekend}");
        let rate = |provider: Provider| {
            let all = world.incidents_of(provider).filter(|i| i.last().state.is_resolved()).count();
            let reopened = world.incidents_of(provider).filter(|i| i.last().reopened > 0).count();
            reopened as f64 / all as f64
        };
        assert!(rate(Provider::Kumo) > 2.0 * rate(Provider::Acme));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn lives_are_legal_in_order_and_of_the_grain_of_their_tool(seed: u64) {
            let world = World::generate(seed, Scale { incidents: 150 });
            prop_assert_eq!(&world, &World::generate(seed, Scale { incidents: 150 }));
            let machine = Kind::Incident.states();
            for incident in &world.incidents {
                let life = &incident.life;
                prop_assert_eq!(life[0].change, Change::Opened);
                prop_assert!(incident.opened <= life[0].at);
                prop_assert!(life[life.len() - 1].at <= world.now);
                for pair in life.windows(2) {
                    prop_assert!(pair[0].at < pair[1].at, "{} {:?}", incident.number, pair);
                    let (from, to) = (pair[0].state, pair[1].state);
                    prop_assert!(from == to || machine.expects(from.word(), to.word()), "{} {pair:?}", incident.number);
                    prop_assert_eq!(
                        machine.reopens(from.word(), to.word()), pair[1].change == Change::Reopened,
                        "{} {:?}", incident.number, pair
                    );
                }
                let grain = incident.provider.profile().grain_secs;
                prop_assert!(life.iter().all(|event| event.at.as_second() % grain == 0));
                let last = incident.last();
                prop_assert_eq!(last.state.is_resolved(), last.resolved.is_some());
                prop_assert_eq!(last.state == State::Closed, last.closed.is_some());
                prop_assert_eq!(last.state == State::OnHold, last.hold.is_some());
                prop_assert!(last.closed.is_none() || last.closed > last.resolved);
            }
        }

        #[test]
        fn numbers_and_ids_are_unique(seed: u64) {
            let world = World::generate(seed, Scale { incidents: 300 });
            let mut ids: Vec<(Provider, &str)> = world.incidents.iter().map(|i| (i.provider, i.id.as_str())).collect();
            ids.extend(world.requests.iter().map(|request| (Provider::Nordlicht, request.id.as_str())));
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), all);
        }
    }
}
