import { QueryParameters } from '../credentials/query-parameters.ts';

/** Longer labels are cut, characters. */
const MAX_UID = 256;

/** What the parameter `uid` of a query calls whoever asks; undefined where it says nothing. Nobody has proven it: no right rests on it. */
export function uidOf(query: string): string | undefined {
  const uid = query === '' ? '' : (new QueryParameters(query).get('uid') ?? '');
  return uid === '' ? undefined : uid.slice(0, MAX_UID).toWellFormed();
}
