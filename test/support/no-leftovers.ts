import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';

/** What a test must not leave open; vitest ends its workers at once and would never show it. */
const watched = new Set(['TCPServerWrap', 'TCPSocketWrap', 'UDPWrap', 'ProcessWrap']);
/** How long a socket or process that is being closed may take. */
const graceMs = 2000;

function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => watched.has(kind));
}

let before = 0;
beforeAll(() => {
  before = openHandles().length;
});

afterAll(async () => {
  const deadline = performance.now() + graceMs;
  while (openHandles().length > before && performance.now() < deadline) await sleep(10);
  const left = openHandles();
  if (left.length > before) throw new Error(`the tests of this file left open: ${left.join(', ')}`);
});
