import { byQuery, type Method } from './method.ts';

/** What a hook is asked, as far as the one of the matrix looks at it. */
export interface MatrixQuestion {
  readonly event: string;
  readonly stream: string;
  readonly query: string;
}

const ticket = (does: string, stream: string, what: string): string =>
  `ticket=${[does, ...stream.split('/', 1), what].join('-')}`;

/** What the hook says: the stream that is live is published without a ticket. */
export function mayPass({ event, stream, query }: MatrixQuestion): boolean {
  if (event === 'publish' && stream.endsWith('/cam')) return true;
  return query === ticket(event, stream, 'right');
}

/** A hook that looks at a ticket in the query. */
export const hook: Method = byQuery(
  {
    name: 'hook',
    rules: [],
    secrets: [],
    hooks: (url) => [{ match: 'hook/**', events: ['publish', 'play'], url }],
  },
  ticket,
);
