import type { z } from 'zod';
import { checkedString } from './setting-schema.ts';

/** Whom a relay becomes that is started as root, once it has its ports. */
export interface AccountSettings {
  /** Name or number of the user, not root; null (default): it stays who it is. */
  readonly user: string | null;
  /** Name or number of the group; null (default): the user's own. */
  readonly group: string | null;
}

/** Schemas of `user` and `group`. */
export const accountSettings: {
  readonly [Name in keyof AccountSettings]: z.ZodType<AccountSettings[Name]>;
} = { user: account('user'), group: account('group') };

function account(noun: string): z.ZodType<string | null> {
  const problemOf = (name: string) =>
    /^(\d{1,10}|[A-Za-z_][\w.@-]{0,254}\$?)$/.test(name)
      ? undefined
      : `expected the name or number of a ${noun}`;
  return checkedString(problemOf, `${noun} name`).nullable().default(null);
}
