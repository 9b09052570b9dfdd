import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { AdminClient } from './api/admin-client.ts';
import { Refused } from './api/refused.ts';
import { isReadableOnTheWay, PlaceError, type PlaceOptions, relayPlace } from './api/relay-place.ts';
import { type Output, openOutput } from './terminal/output.ts';

/** The options of every command of `ctl`. */
export interface CtlOptions extends PlaceOptions {
  readonly json?: boolean;
}

/** One command under way: whom it asks, and where it writes. */
export interface CtlCall {
  readonly client: AdminClient;
  readonly output: Output;
  /** Whether a program reads it: then the API's JSON is written, and nothing else. */
  readonly isJson: boolean;
  /** Waits; not any longer when nobody reads any more. */
  readonly pause: (ms: number) => Promise<void>;
}

/** Runs a command; wrong usage ends it with a sentence, whether it is found here or by the relay. */
export async function runCall(command: Command, work: (call: CtlCall) => Promise<void>): Promise<void> {
  const options = command.optsWithGlobals<CtlOptions>();
  const { json: isJson = false } = options;
  const output = openOutput(process.stdout);
  try {
    const place = relayPlace(options);
    if (place.by === 'url' && place.token !== undefined && isReadableOnTheWay(place.url))
      console.error(`warning: the token goes to ${place.url.host} unencrypted: use https, or an SSH tunnel`);
    const pause = (ms: number): Promise<void> =>
      delay(ms, undefined, { signal: output.closed }).catch(() => {});
    await work({ client: new AdminClient(place), output, isJson, pause });
  } catch (error) {
    if (error instanceof Refused) {
      if (isJson && error.answer !== undefined) output.json(error.answer);
      if (error.status === 400) command.error(`error: ${error.message}`);
    }
    if (error instanceof PlaceError) command.error(`error: ${error.message}`);
    throw error;
  }
}
