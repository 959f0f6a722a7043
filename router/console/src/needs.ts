import type { Needs } from './wire';

const inOrder = (skills: readonly string[]): string => [...skills].sort().join();

/** What of it is to be otherwise, in whichever order skills are named. */
export function changedNeeds(known: Needs, next: Needs): Partial<Needs> {
  return {
    ...(inOrder(known.skills) === inOrder(next.skills) ? {} : { skills: next.skills }),
    ...(known.priority === next.priority ? {} : { priority: next.priority }),
  };
}
