/** What a list for players is announced as. MPlayer 1.5 takes what comes as `video/x-ms-asf` or `video/x-ms-asx` for a stream. */
export const ASX_CONTENT_TYPE = 'video/x-ms-wvx';

/** A list for players, as the text of an `.asx` file: one entry, with places to play it from in the order in which they are tried. */
export function encodeAsx(urls: readonly string[]): string {
  const references = urls.map((url) => `    <Ref href="${escapeUrl(url)}" />\r\n`);
  return `<ASX version="3.0">\r\n  <Entry>\r\n${references.join('')}  </Entry>\r\n</ASX>\r\n`;
}

/**
 * A URL for an attribute. MPlayer 1.5 knows no entities, and an ampersand that begins none is an ampersand for every player: so one stands
 * only where what follows would read as an entity.
 */
function escapeUrl(url: string): string {
  return url.replace(/[\s\p{Cc}"<>]/gu, encodeURIComponent).replace(/&(?=#|\w+;)/g, '&amp;');
}
