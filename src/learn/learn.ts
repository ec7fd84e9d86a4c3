import type { Observation } from '../core/event.ts';
import { draftExpectations } from './draft.ts';
import { Observer } from './observed.ts';
import { printDraft } from './print-draft.ts';

/** Drafts expectations.yaml from normalized events: what they showed, for people to review. */
export function learn(observations: Iterable<Observation>): string {
  const observer = new Observer();
  for (const observation of observations) observer.add(observation);
  return draftText(observer);
}

export function draftText({ observed }: Observer): string {
  return printDraft(draftExpectations(observed), observed);
}
