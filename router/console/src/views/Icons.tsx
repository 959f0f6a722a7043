import type { ComponentChildren } from 'preact';

import { DELIVERY_TEXT } from '../format';
import type { DeliveryState } from '../wire';

function Icon({ children, label }: { children: ComponentChildren; label?: string }) {
  if (label === undefined)
    return (
      <svg class="icon" viewBox="0 0 20 20" aria-hidden>
        {children}
      </svg>
    );
  return (
    <svg class="icon" viewBox="0 0 20 20" role="img" aria-label={label}>
      {children}
    </svg>
  );
}

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden>
    <rect width="32" height="32" rx="7" />
    <path d="M9 8h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z" />
  </svg>
);

export const Back = () => (
  <Icon>
    <path d="M12 4l-6 6 6 6" />
  </Icon>
);
export const Info = () => (
  <Icon>
    <circle cx="10" cy="10" r="7.5" />
    <path d="M10 9v5M10 6v.1" />
  </Icon>
);
export const Lock = () => (
  <Icon>
    <rect x="4" y="9" width="12" height="8" rx="1.5" />
    <path d="M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9" />
  </Icon>
);
export const Keyboard = () => (
  <Icon>
    <rect x="2" y="5" width="16" height="10" rx="1.5" />
    <path d="M5 8h.1M8 8h.1M11 8h.1M14.5 8h.1M6 12h8" />
  </Icon>
);
export const Bell = ({ off }: { off: boolean }) => (
  <Icon>
    <path d="M5 14V9a5 5 0 0 1 10 0v5l1.2 1H3.8zM8.5 17.3a1.6 1.6 0 0 0 3 0" />
    {off && <path d="M3 3l14 14" />}
  </Icon>
);
export const Leave = () => (
  <Icon>
    <path d="M8 3H4v14h4M8 10h9M13.5 6.5L17 10l-3.5 3.5" />
  </Icon>
);
export const Down = () => (
  <Icon>
    <path d="M4 8l6 6 6-6" />
  </Icon>
);

const TICKS: Record<DeliveryState, ComponentChildren> = {
  queued: <Clock />,
  sending: <Clock />,
  sent: <path d="M4 10.5l4 4 8-9" />,
  delivered: <path d="M1.5 10.5l4 4 8-9M9.5 14l.5.5 8-9" />,
  failed: <Alert />,
  expired: <Alert />,
  unknown: <path d="M7 7a3 3 0 1 1 4.6 2.5c-1 .7-1.6 1.2-1.6 2.5M10 15.5v.1" />,
  suppressed: (
    <>
      <circle cx="10" cy="10" r="7" />
      <path d="M5 5l10 10" />
    </>
  ),
};

function Clock() {
  return (
    <>
      <circle cx="10" cy="10" r="7" />
      <path d="M10 6v4l2.5 2" />
    </>
  );
}

function Alert() {
  return (
    <>
      <circle cx="10" cy="10" r="7.5" />
      <path d="M10 5.5v5.5M10 14v.1" />
    </>
  );
}

/** The delivery tick, with its meaning for those who hover and those who listen. */
export function Tick({ state, reason }: { state: DeliveryState; reason?: string | undefined }) {
  const text = reason ? `${DELIVERY_TEXT[state]}: ${reason}` : DELIVERY_TEXT[state];
  return (
    <span class={`tick tick-${state}`} title={text} data-state={state}>
      <Icon label={text}>{TICKS[state]}</Icon>
    </span>
  );
}
