import type { Way } from '../choosing/choice.ts';

/** The ways of each protocol, as sessions call it. One more protocol of players is one more entry. */
const ways: Readonly<Record<string, { readonly plain: Way; readonly secure: Way }>> = {
  rtmp: { plain: 'rtmp', secure: 'rtmps' },
  'http-flv': { plain: 'http-flv', secure: 'https-flv' },
  'ws-flv': { plain: 'ws-flv', secure: 'wss-flv' },
  mmsh: { plain: 'mmsh', secure: 'mmsh' },
};

/** By which ways somebody may go on who speaks a protocol, preferred first: never from TLS to none. */
export function waysFrom(protocol: string, isTls: boolean): readonly Way[] {
  const found = ways[protocol];
  if (found === undefined) return [];
  return isTls ? [found.secure] : [found.plain, found.secure];
}

/** By which ways somebody may go who has asked for this one: a relay may have TLS only. */
export function waysLike(way: Way): readonly Way[] {
  const found = Object.values(ways).find(({ plain }) => plain === way);
  return found === undefined || found.secure === way ? [way] : [way, found.secure];
}

/** How somebody speaks who goes by a way. */
export function speaking(way: Way): { readonly protocol: string; readonly isTls: boolean } {
  const [protocol = ''] =
    Object.entries(ways).find(([, { plain, secure }]) => way === plain || way === secure) ?? [];
  return { protocol, isTls: ways[protocol]?.plain !== way };
}
