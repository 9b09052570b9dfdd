import type { FrameSection } from '../../cache/frame-section.ts';
import type { KeptFrames, KeptPlace } from '../../resuming/kept-frames.ts';
import { FrameRun, prefaceRun, prefacesIn } from '../frame-run.ts';
import type { Packing } from '../wire-form.ts';

/**
 * What a relay is sent that goes on at a place among the frames that are kept: what holds there, then the frames.
 * @param end - how many frames of the stream were sent to everybody; those behind them come with the next flush
 */
export function resumeRuns(
  packing: Packing,
  { sections }: KeptFrames,
  at: KeptPlace,
  end: number,
): FrameRun[] {
  const { frames, prefaces } = sections[at.section] as FrameSection;
  const timestamp = frames.timestampAt(at.index);
  return [
    prefaceRun(packing, prefaces, timestamp, 'begin'),
    new FrameRun(packing, prefacesIn(frames, 0, at.index), { timestamp }),
    ...sections.slice(at.section).map(({ frames: some, start }, i) => {
      const first = i === 0 ? at.index : 0;
      const last = Math.min(some.length, end - start);
      return new FrameRun(packing, some, { start: first, end: Math.max(first, last) });
    }),
  ];
}
