/** What a list for players is announced as; MPlayer, which follows no redirection, reads one behind this type. */
export const ASX_CONTENT_TYPE = 'video/x-ms-asf';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A list for players, as the text of an `.asx` file: one entry, with places to play it from in the order in which they are tried. */
export function encodeAsx(urls: readonly string[]): string {
  const references = urls.map((url) => `    <Ref href="${escapeXml(url)}" />\r\n`);
  return `<ASX version="3.0">\r\n  <Entry>\r\n${references.join('')}  </Entry>\r\n</ASX>\r\n`;
}

/** Text for an attribute; control characters, which XML 1.0 does not have, are left out. */
function escapeXml(text: string): string {
  return text.replace(/\p{Cc}/gu, '').replace(/[&<>"]/g, (character) => entities[character] ?? '');
}
