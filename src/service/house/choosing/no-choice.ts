import type { NoChoice, Seeking } from './choice.ts';

/** Why nobody was chosen, for the person who seeks. */
export function noChoiceSentence(refused: NoChoice, { verb, way, stream }: Seeking): string {
  switch (refused) {
    case 'full':
      return 'all relays that serve your network are full: try again in a moment';
    case 'offline':
      return 'no relay that serves your network is there at the moment: try again soon';
    case 'outside':
      return 'no relay serves your network';
    case 'unreachable':
      return verb === 'play'
        ? `no relay that serves your network can be reached over ${way}`
        : `no relay that serves your network takes ${stream} from publishers over ${way}`;
    default:
      return refused satisfies never;
  }
}
