import { type HookSettings, hookSettings } from '../../../config/hooks/hook-settings.ts';
import { givenSettings } from '../../../config/sources/given-settings.ts';
import type { Clock } from '../../../stream/clock.ts';
import { FunctionSender } from './function-sender.ts';
import type { AskedFunction, HookFunction, ToldFunction } from './hook-function.ts';

/** A hook of the same settings as any other, and who takes its requests in place of a server. */
export interface FunctionHook {
  /** As log and metrics call it, such as `functions.0`. */
  readonly name: string;
  readonly settings: HookSettings;
  readonly sender: FunctionSender;
}

/** What stands where a hook has a URL. */
const NO_SERVER = 'http://function.invalid/';

/** Makes hooks of functions. @throws ConfigError with all that is wrong with their settings */
export function functionHooks(functions: readonly HookFunction[], clock: Clock): readonly FunctionHook[] {
  const entries = functions.map((one) => {
    const { ask, tell, ...settings } = one as AskedFunction & ToldFunction;
    return { retries: 0, ...settings, url: NO_SERVER, asks: 'ask' in one };
  });
  return givenSettings(hookSettings, entries, 'hooks').map((settings, index) => {
    const one = functions[index] as HookFunction;
    const call = 'ask' in one ? one.ask.bind(one) : one.tell.bind(one);
    const sender = new FunctionSender(
      call as (body: unknown, signal: AbortSignal) => unknown,
      settings,
      clock,
    );
    return { name: `functions.${index}`, settings, sender };
  });
}
