import type { Clock } from '@orangery/std';

export type Line = {
  name: string;
  state: 'waiting' | 'running' | 'done' | 'failed';
  detail: string;
  /** 0 to 1, where it can be told. */
  fraction: number | undefined;
  startedMs: number | undefined;
  tookMs: number | undefined;
  toldMs: number | undefined;
  /** How long it usually takes under emulation on two cores: for what remains, until it tells itself. */
  usualMs: number;
};

const MARKS = { waiting: '·', running: '▸', done: '✓', failed: '✗' } as const;
const BAR_CELLS = 20;
const FRAME_MS = 200;
/** Where lines stay, a step's details come no faster than this: apt alone has hundreds. */
const DETAIL_MS = 3_000;

/** Steps with their times and what remains: redrawn in place on a terminal, one plain line an event elsewhere. */
export class StepDisplay {
  readonly #lines: Line[] = [];
  readonly #out: NodeJS.WriteStream;
  readonly #clock: Clock;
  #drawn = 0;
  #cancel: (() => void) | undefined;

  constructor(out: NodeJS.WriteStream, clock: Clock) {
    this.#out = out;
    this.#clock = clock;
  }

  add(name: string, usualMs: number): Line {
    const line: Line = {
      name,
      state: 'waiting',
      detail: '',
      fraction: undefined,
      startedMs: undefined,
      tookMs: undefined,
      toldMs: undefined,
      usualMs,
    };
    this.#lines.push(line);
    return line;
  }

  start(): void {
    if (!this.#out.isTTY) return;
    const tick = (): void => {
      this.#draw();
      this.#cancel = this.#clock.after(FRAME_MS, tick);
    };
    tick();
  }

  begin(line: Line): void {
    if (line.state === 'running') return;
    line.state = 'running';
    line.startedMs = this.#clock.monotonicMs();
    this.#say(`▸ ${line.name} …`);
  }

  tell(line: Line, detail: string, fraction?: number): void {
    const now = this.#clock.monotonicMs();
    const soon = line.toldMs !== undefined && now - line.toldMs < DETAIL_MS;
    const spoken = line.detail !== detail && detail !== '' && !soon;
    line.detail = detail;
    line.fraction = fraction;
    if (!spoken) return;
    line.toldMs = now;
    this.#say(`  ${line.name}: ${detail}${fraction === undefined ? '' : ` (${percent(fraction)})`}`);
  }

  finish(line: Line, state: 'done' | 'failed', detail = ''): void {
    if (line.state === state) return;
    line.state = state;
    line.detail = detail;
    line.fraction = undefined;
    if (line.startedMs !== undefined) line.tookMs = this.#clock.monotonicMs() - line.startedMs;
    const took = line.tookMs === undefined ? 'was done' : seconds(line.tookMs);
    this.#say(`${MARKS[state]} ${line.name} ${took} ${detail}`.trimEnd());
  }

  stop(): void {
    this.#cancel?.();
    if (this.#out.isTTY) this.#draw();
  }

  #say(text: string): void {
    if (!this.#out.isTTY) this.#out.write(`${text}\n`);
  }

  #draw(): void {
    const width = this.#out.columns ?? 80;
    const rows = this.#lines.map((line) => this.#row(line).slice(0, width - 1));
    const leftMs = this.#leftMs();
    rows.push(leftMs > 0 ? `  about ${seconds(leftMs)} left` : '');
    const up = this.#drawn > 0 ? `\u001B[${this.#drawn}A` : '';
    this.#out.write(`${up}${rows.map((row) => `\u001B[2K${row}`).join('\n')}\n`);
    this.#drawn = rows.length;
  }

  #row(line: Line): string {
    const ms =
      line.tookMs ?? (line.startedMs === undefined ? undefined : this.#clock.monotonicMs() - line.startedMs);
    const time = (ms === undefined ? '' : seconds(ms)).padStart(7);
    return `${MARKS[line.state]} ${line.name.padEnd(18)} ${time}  ${line.fraction === undefined ? '' : `${bar(line.fraction)} `}${line.detail}`;
  }

  #leftMs(): number {
    let left = 0;
    for (const line of this.#lines) {
      if (line.state === 'waiting') left += line.usualMs;
      if (line.state !== 'running' || line.startedMs === undefined) continue;
      const spent = this.#clock.monotonicMs() - line.startedMs;
      left += Math.max(1_000, line.usualMs - spent);
    }
    return left;
  }
}

function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_CELLS);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`;
}

const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;

export function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
