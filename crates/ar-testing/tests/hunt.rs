//! scratch
use ar_testing::lockstep::play;
use ar_testing::steps::story;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
#[test]
fn hunt() {
    let n: u64 = std::env::var("HUNT").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let len: usize = std::env::var("LEN").ok().and_then(|n| n.parse().ok()).unwrap_or(14);
    let mut found: std::collections::BTreeMap<String, (usize, usize, String)> = Default::default();
    let mut ok = 0;
    let mut counts = [0; 3];
    let mut codes = std::collections::BTreeMap::new();
    let mut rounds = 0;
    for seed in 0..n {
        let mut s = [0u8; 32];
        s[..8].copy_from_slice(&(seed + 1).to_le_bytes());
        let mut runner =
            TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &s));
        let (world, steps) = story(len).new_tree(&mut runner).unwrap().current();
        match std::panic::catch_unwind(|| play(&world, &steps, Vec::new())) {
            Err(_) => {
                found.entry("PANIC".into()).or_insert((0, 99, format!("{world:?} {steps:?}"))).0 += 1;
            }
            Ok(Ok(l)) => {
                ok += 1;
                rounds = rounds.max(l.rounds);
                for i in 0..3 {
                    counts[i] += l.counts[i];
                }
                for (c, n) in l.codes {
                    *codes.entry(c).or_insert(0) += n;
                }
            }
            Ok(Err((place, v))) => {
                let d = v.to_string();
                let act = d
                    .split("act: ")
                    .nth(1)
                    .map(|s| s.chars().take_while(|c| c.is_alphanumeric()).collect::<String>())
                    .unwrap_or_default();
                let tail = d
                    .split("expected")
                    .nth(1)
                    .or(d.split("deserves").nth(1))
                    .unwrap_or("")
                    .chars()
                    .take(60)
                    .collect::<String>();
                let code = d
                    .split("refused with ")
                    .nth(1)
                    .or(d.split("answered Refused(").nth(1))
                    .map(|s| s.chars().take(30).collect::<String>())
                    .unwrap_or_default();
                let key = format!(
                    "{} {act} [{code}] expected{}",
                    v.invariant,
                    if act.is_empty() { "" } else { &tail }
                );
                let story = format!(
                    "{world:?}\n{}\n   {}",
                    steps[..(place + 1).min(steps.len())]
                        .iter()
                        .map(|s| format!("   {s:?}"))
                        .collect::<Vec<_>>()
                        .join("\n"),
                    d.chars().take(1500).collect::<String>()
                );
                let e = found.entry(key).or_insert((0, place, story.clone()));
                e.0 += 1;
                if place < e.1 {
                    e.1 = place;
                    e.2 = story;
                }
            }
        }
    }
    println!("ok {ok}/{n} {counts:?} rounds {rounds} {codes:?}");
    let mut all: Vec<_> = found.into_iter().collect();
    all.sort_by_key(|(_, (c, ..))| std::cmp::Reverse(*c));
    for (k, (c, p, _)) in &all {
        println!("## {c} x (shortest {p}) {k}");
    }
    let show: usize = std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    for (k, (_, _, s)) in all.iter().take(show) {
        println!("---- {k}\n{s}");
    }
}
