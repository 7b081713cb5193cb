//! What an effect leaves in the memory of a run, and whether the run goes on after one that failed.

use super::{Applied, State, Stopped};
use crate::outside::EffectError;
use crate::step::Step;
use crate::verdict;
use crate::world::{InHand, Roll, World};

/// How often a step whose answer was lost, or that was overtaken, is decided anew within a run.
const SECOND_THOUGHTS: u32 = 8;

impl<O> State<'_, O> {
    /// Keeps what the next decisions need to know of an effect that was made.
    pub(super) fn remember(
        &mut self,
        step: &Step,
        applied: Applied,
        seen: &World,
    ) -> Result<(), Stopped> {
        match (step, applied) {
            (Step::Create(_), Applied::Created(pair)) => {
                self.memory.in_hand = Some(InHand {
                    key: pair.id.clone(),
                    refused: false,
                });
                self.in_hand = Some(pair);
            }
            (Step::Store { .. }, Applied::Done) => {
                self.memory.in_hand = None;
                self.in_hand = None;
            }
            (Step::Mark { key, .. }, Applied::Done)
                if self
                    .memory
                    .in_hand
                    .as_ref()
                    .is_some_and(|it| it.key == *key) =>
            {
                // Only a refused pair is marked while it is in hand: that is the end of it.
                self.memory.in_hand = None;
                self.in_hand = None;
                if let Some(trouble) = self.refused.take() {
                    return Err(Stopped::Effect(trouble));
                }
            }
            (Step::Activate { key }, Applied::Done) => {
                self.memory.repaired.insert(key.clone());
            }
            (Step::Withdraw { .. }, Applied::Done) => {
                if let Some(trouble) = self.refused.take() {
                    return Err(Stopped::Effect(trouble));
                }
            }
            (Step::Roll(proof), Applied::Done) => {
                let cluster = proof.cluster().clone();
                let was = seen.clusters.iter().find(|it| it.name == cluster);
                let was = was.and_then(|it| it.state.as_ref().ok());
                self.memory.rolls.add(Roll {
                    at: seen.now,
                    cluster: cluster.clone(),
                    over: was.and_then(|it| it.source.manager.clone()),
                });
                self.memory.waiting.insert(cluster, seen.now);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a run goes on after an effect that was not made, or may not have been.
    pub(super) fn failed(&mut self, step: &Step, error: EffectError) -> Result<(), Stopped> {
        match (step, error) {
            // Whether a key was created cannot be asked; a later run finds it by its announcement.
            (Step::Create(_), EffectError::Unclear(trouble)) => Err(Stopped::Effect(
                verdict::NEW_KEY_UNCLEAR.because(trouble.text),
            )),
            // No key was created, so the announcement goes at once: a key that a person creates in
            // this minute must not look like ours.
            (Step::Create(_), EffectError::Refused(trouble)) => {
                self.memory.create_refused = true;
                self.refused = Some(trouble);
                Ok(())
            }
            (Step::Store { .. }, EffectError::Refused(trouble)) if self.in_hand.is_some() => {
                if let Some(held) = &mut self.memory.in_hand {
                    held.refused = true;
                }
                self.refused = Some(trouble);
                Ok(())
            }
            (Step::Store { .. }, EffectError::Unclear(trouble)) if self.in_hand.is_some() => {
                Err(Stopped::Effect(verdict::UNSTORED.because(trouble.text)))
            }
            (_, EffectError::Refused(trouble)) => Err(Stopped::Effect(trouble)),
            (_, EffectError::Unclear(trouble)) => match self.doubt() {
                Ok(()) => Ok(()),
                Err(_) => Err(Stopped::Effect(trouble)),
            },
            (_, EffectError::Overtaken) => self.doubt(),
        }
    }

    /// The same effect again and again is not made for ever: what it does does not stay.
    pub(super) fn repeats(&mut self, step: &Step) -> Result<(), Stopped> {
        let name = format!("{} {}", step.verb(), step.object());
        let before = self.repeated.take().filter(|(before, _)| *before == name);
        let count = before.map_or(0, |(_, count)| count) + 1;
        self.repeated = Some((name, count));
        if count > SECOND_THOUGHTS {
            let text = format!("{} was changed {count} times", step.object());
            return Err(Stopped::Effect(verdict::OVERTAKEN.because(text)));
        }
        Ok(())
    }

    /// The world moved under the decision: decide anew, but not for ever.
    pub(super) fn doubt(&mut self) -> Result<(), Stopped> {
        self.doubts += 1;
        if self.doubts > SECOND_THOUGHTS {
            let text = "somebody changes the same objects again and again";
            return Err(Stopped::Effect(verdict::OVERTAKEN.because(text)));
        }
        Ok(())
    }
}
