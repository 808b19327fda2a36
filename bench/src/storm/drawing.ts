import type { Storm } from './storm.ts';

const WIDTH = 960;
const LEFT = 64;
const RIGHT = 16;
const PANEL = 150;
const GAP = 54;
const TOP = 64;

type Line = { name: string; colour: string; values: number[] };
type Panel = { title: string; lines: Line[] };

/** The morning as a picture: who came and was served, what machines there were, and who waited. */
export function drawStorm({ recording, options, tally }: Storm): string {
  const { samples } = recording;
  const atS = samples.map(({ atMs }) => atMs / 1000);
  const of = (pick: (sample: (typeof samples)[number]) => number): number[] => samples.map(pick);
  const rate = (pick: (sample: (typeof samples)[number]) => number): number[] =>
    samples.map((sample, index) => {
      const before = samples[Math.max(0, index - 5)] ?? sample;
      const tookMs = sample.atMs - before.atMs;
      return tookMs === 0 ? 0 : ((pick(sample) - pick(before)) / tookMs) * 1000;
    });
  const panels: Panel[] = [
    {
      title: 'People a second',
      lines: [
        { name: 'come', colour: '#2f6fde', values: rate(({ arrived }) => arrived) },
        { name: 'get their desktop', colour: '#2b9a66', values: rate(({ served }) => served) },
      ],
    },
    {
      title: 'Machines',
      lines: [
        { name: 'ready', colour: '#2b9a66', values: of(({ ready }) => ready) },
        { name: 'in use', colour: '#2f6fde', values: of(({ inUse }) => inUse) },
        { name: 'being made', colour: '#d9822b', values: of(({ making }) => making) },
        { name: 'held back', colour: '#c0392b', values: of(({ throttled }) => throttled) },
      ],
    },
    {
      title: 'People who wait',
      lines: [
        { name: 'for a desktop', colour: '#8250c4', values: of(({ arrived, served }) => arrived - served) },
        { name: 'for a machine to be theirs', colour: '#c0392b', values: of(({ queue }) => queue) },
      ],
    },
  ];
  const height = TOP + panels.length * (PANEL + GAP);
  const { people, minutes, shape } = options.profile;
  const title = `${people.toLocaleString('en')} people in ${minutes} minutes (${shape}), ${options.speed} times as fast, ${options.hosts} hosts, ${options.readyCount} machines ready before`;
  const lost = tally.lost.length === 0 ? '' : ` · ${tally.lost.length} got no desktop`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="${LEFT}" y="30" font-size="16" font-weight="600" fill="#1c2024">${title}${lost}</text>
${panels.map((panel, index) => drawPanel(panel, atS, TOP + index * (PANEL + GAP))).join('\n')}
</svg>
`;
}

function drawPanel({ title, lines }: Panel, atS: readonly number[], top: number): string {
  const endS = Math.max(1, atS.at(-1) ?? 1);
  const most = roundUp(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const x = (s: number): string => (LEFT + (s / endS) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string => (top + PANEL - (value / most) * PANEL).toFixed(1);
  const grid = [0, 0.5, 1].map(
    (share) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(most * share)}" y2="${y(most * share)}" stroke="#e4e7eb"/><text x="${LEFT - 8}" y="${Number(y(most * share)) + 4}" text-anchor="end" fill="#60646c">${(most * share).toLocaleString('en')}</text>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(endS * share)}" y="${top + PANEL + 16}" text-anchor="middle" fill="#60646c">${Math.round(endS * share)} s</text>`,
  );
  let legendX = LEFT + title.length * 8 + 24;
  const legend = lines.map(({ name, colour }) => {
    const at = legendX;
    legendX += name.length * 7 + 40;
    return `<rect x="${at}" y="${top - 19}" width="14" height="4" rx="2" fill="${colour}"/><text x="${at + 20}" y="${top - 12}" fill="#1c2024">${name}</text>`;
  });
  const curves = lines.map(({ colour, values }) => {
    const points = values.map((value, index) => `${x(atS[index] ?? 0)},${y(value)}`).join(' ');
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round" points="${points}"/>`;
  });
  return [
    `<text x="${LEFT}" y="${top - 12}" font-weight="600" fill="#1c2024">${title}</text>`,
    ...legend,
    ...grid,
    ...ticks,
    ...curves,
  ].join('\n');
}

/** To 1, 2, or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= value) ?? value;
}
