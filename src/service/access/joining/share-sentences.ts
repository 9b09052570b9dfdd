import type { ShareAmounts } from '../../../config/share-settings.ts';
import type { Refusal } from '../../../session/access.ts';
import type { Share } from './share-list.ts';

type Amount = keyof ShareAmounts;

const playsAlready = 'a player with this client-id plays already: stop it first, or ask without a client-id';

/** What there is no more of, told to somebody whose share it is: `{n}` is how much there is, `{key}` the stream. */
const sentences: Readonly<Record<Share['of'], Readonly<Record<Amount, string>>>> = {
  all: {
    sessions: 'there are as many sessions as are allowed: {n}; try again later',
    publishers: 'as many streams are published as are allowed: {n}; try again later',
    players: 'there are as many players as are allowed: {n}; try again later',
    bitsPerSecond: 'as much is sent as is allowed: try again later',
  },
  stream: {
    sessions: '{key} has as many sessions as are allowed: {n}; try again later',
    publishers: '{key} is published already',
    players: '{key} has as many players as are allowed: {n}; try again later',
    bitsPerSecond: 'as much of {key} is sent as is allowed: try again later',
  },
  address: {
    sessions: 'your address has as many sessions here as are allowed: {n}',
    publishers: 'your address publishes as many streams here as are allowed: {n}',
    players: 'your address has as many players here as are allowed: {n}',
    bitsPerSecond: 'your address is sent as much as is allowed: try again later',
  },
  identity: {
    sessions: 'you have as many sessions as are allowed: {n}',
    publishers: 'you publish as many streams as are allowed: {n}',
    players: 'you have as many players as are allowed: {n}',
    bitsPerSecond: 'you are sent as much as is allowed: try again later',
  },
  grant: {
    sessions: 'you have as many sessions as your credentials allow: {n}',
    publishers: 'you publish as many streams as your credentials allow: {n}',
    players: 'you have as many players as your credentials allow: {n}',
    bitsPerSecond: 'you are sent as much as your credentials allow: try again later',
  },
  client: {
    sessions: playsAlready,
    publishers: playsAlready,
    players: playsAlready,
    bitsPerSecond: playsAlready,
  },
};

/** A share is used up: the refusal says whose and of what, and names nobody else who has a part of it. */
export function usedUp({ of }: Pick<Share, 'of'>, amount: Amount, used: number, key: string): Refusal {
  const description = sentences[of][amount].replace('{n}', `${used}`).replace('{key}', () => key);
  return { refused: of === 'all' || of === 'stream' ? 'capacity-limit' : 'share-limit', description };
}
