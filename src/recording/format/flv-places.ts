import { propertiesOf } from '../../protocol/amf/amf-value.ts';
import { propertiesIn } from './brought-metadata.ts';
import { flvMetadataIn } from './flv-head.ts';
import type { StartPlaces } from './recorded-format.ts';

/** The index in the head of a file; empty where it makes no sense. */
export function flvPlacesIn(head: Buffer): Pick<StartPlaces, 'timesMs' | 'offsets'> {
  const { times, filepositions } = propertiesOf(propertiesIn(flvMetadataIn(head))['keyframes']);
  const timesMs = numbersIn(times).map((seconds) => Math.round(seconds * 1000));
  const offsets = numbersIn(filepositions);
  if (timesMs.length !== offsets.length || !isSorted(timesMs) || !isSorted(offsets))
    return { timesMs: [], offsets: [] };
  return { timesMs, offsets };
}

function numbersIn(value: unknown): readonly number[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is number => typeof item === 'number' && item >= 0);
}

function isSorted(list: readonly number[]): boolean {
  return list.every((item, at) => item >= (list[at - 1] ?? 0));
}
