import { readFileSync } from 'node:fs';

/**
 * The picture of a terminal: what a command printed in colours (ANSI, on standard input) as an SVG on standard output.
 * `script -qec 'npm start' | node scripts/terminal-svg.ts`, after cutting the text to what is to be seen.
 */
const COLUMN = 8.43;
const LINE = 19;
const LEFT = 20;
const TOP = 52;
const COLOURS: Readonly<Record<string, string>> = {
  '0': '#d6deeb',
  '1': '#ffffff',
  '2': '#9aa4b2',
  '22': '#d6deeb',
  '31': '#ff6b6b',
  '32': '#7bd88f',
  '33': '#ffcb6b',
  '36': '#7fdbca',
  '39': '#d6deeb',
  '41': '#ff6b6b',
  '49': '#d6deeb',
};

const lines = readFileSync(0, 'utf8').replaceAll('\r', '').trimEnd().split('\n');
const width = Math.ceil(2 * LEFT + COLUMN * Math.max(...lines.map((line) => plain(line).length)));
const height = TOP + LINE * lines.length + 10;

console.log(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="whosaw in a terminal: alerts of an incident, and who read the production database password">
<rect width="${width}" height="${height}" rx="8" fill="#101722"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${lines.map((line, index) => `<text x="${LEFT}" y="${TOP + LINE * index}">${spans(line)}</text>`).join('\n')}
</g>
</svg>`);

function spans(line: string): string {
  let colour = COLOURS['0'];
  return pieces(line)
    .map(({ code, text }) => {
      colour = COLOURS[code === '' ? '0' : code] ?? colour;
      return text === '' ? '' : `<tspan fill="${colour}">${escapeXml(text)}</tspan>`;
    })
    .join('');
}

/** Text, and the code of the colour that it begins with. */
function pieces(line: string): readonly { readonly code: string; readonly text: string }[] {
  const [first = '', ...rest] = line.split('\u001b[');
  const coloured = rest.map((piece) => {
    const end = piece.indexOf('m');
    return { code: piece.slice(0, end).split(';').at(-1) ?? '', text: piece.slice(end + 1) };
  });
  return [{ code: '0', text: first }, ...coloured];
}

function plain(line: string): string {
  return pieces(line)
    .map(({ text }) => text)
    .join('');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0');
}
