/** How tests look at the video element of a page: functions that are sent to a browser and run there. */

/** As much of a video element as the tests look at. */
interface VideoElement {
  readonly currentTime: number;
  readonly videoWidth: number;
  readonly muted: boolean;
  readonly paused: boolean;
  getVideoPlaybackQuality(): { readonly totalVideoFrames: number };
  requestVideoFrameCallback(call: () => void): void;
}

/** How a video is doing. */
export interface VideoState {
  /** Position, seconds. */
  readonly time: number;
  /** Decoded ones so far. */
  readonly frames: number;
  /** Of the picture, pixels; 0 while there is none. */
  readonly width: number;
  readonly muted: boolean;
  readonly paused: boolean;
}

/** How the video is doing. @param element - a video element */
export function stateOfVideo(element: unknown): VideoState {
  const video = element as VideoElement;
  return {
    time: video.currentTime,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    width: video.videoWidth,
    muted: video.muted,
    paused: video.paused,
  };
}

/** Resolves when the video has gone on by so many decoded frames and seconds from where it is now. @param element - a video element */
export function videoGoesOn(
  element: unknown,
  more: { readonly frames: number; readonly seconds: number },
): Promise<void> {
  const video = element as VideoElement;
  const decoded = (): number => video.getVideoPlaybackQuality().totalVideoFrames;
  const wanted = { frames: decoded() + more.frames, time: video.currentTime + more.seconds };
  return new Promise<void>((resolve) => {
    const look = (): void => {
      if (decoded() >= wanted.frames && video.currentTime >= wanted.time) resolve();
      else video.requestVideoFrameCallback(look);
    };
    look();
  });
}

/** An expression: a promise of the milliseconds from the call for the watch page to its first picture on the screen. */
export const firstFrameMs = `new Promise((resolve) => {
  const marks = () => performance.getEntriesByName('first frame');
  const look = () => marks().length > 0 && resolve(marks()[0].startTime);
  new PerformanceObserver(look).observe({ type: 'mark', buffered: true });
})`;
