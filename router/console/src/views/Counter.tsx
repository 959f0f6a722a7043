import { forcedText, planText } from '../format';
import type { usePlan } from './usePlan';

/** `170/306 · 2 SMS · GSM-7`, and the character that made it Unicode; or why it cannot be sent. */
export function Counter({ plan }: { plan: ReturnType<typeof usePlan> }) {
  if (!plan) return null;
  return (
    <>
      {plan.plan && <span>{planText(plan.plan)}</span>}
      {plan.plan && forcedText(plan.plan) && <span class="forced">{forcedText(plan.plan)}</span>}
      {plan.refused && <span class="forced">{plan.refused}</span>}
    </>
  );
}
