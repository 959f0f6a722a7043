export { Agent, Refused, signIn, signOut, SIGN_IN_PATH, SUBPROTOCOL } from './agent.mjs';
export { Carrier, LinkLost, receiptText } from './carrier.mjs';
export { Child, run } from './process.mjs';
export { Redis } from './redis.mjs';
export { segmentsOf, textOf } from '../../sim/text.mjs';
export { smpp, statusName } from '../../sim/peer.mjs';
export { freePort, Inbox, waitFor } from './wait.mjs';
export { BIN, OURS, PASSWORD, QUEUE, World } from './world.mjs';
