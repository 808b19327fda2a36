import type { Duplex } from 'node:stream';
import type { Clock, Log } from '@orangery/std';
import { VdagentClient } from '@orangery/vdagent';
import type { RelayPolicy } from './relay.ts';
import type { NoticeCode, ServerControl } from './wire.ts';

export type AgentBridgeOptions = {
  stream: Duplex | undefined;
  clock: Clock;
  log: Log;
  clipboard: RelayPolicy['clipboard'];
  tell: (message: ServerControl) => void;
};

const TEXTS: Readonly<Record<NoticeCode, string>> = {
  clipboardTooLarge: 'The text is too large for the clipboard: at most 1 MiB is carried.',
  clipboardForbidden: 'Copying into this desktop is not allowed.',
  clipboardUnavailable: 'This desktop has no agent that takes a clipboard.',
  resizeRefused: 'This desktop cannot take that size.',
  agentLost: "The desktop's agent is gone; its clipboard is not shared until you connect again.",
  agentReady: 'The clipboard is shared with the desktop.',
};

/** The clipboard and the size of the desktop, between control messages and the guest's agent. */
export class AgentBridge {
  #client: VdagentClient | undefined;
  #options: AgentBridgeOptions;
  #mayGoIn: boolean;
  #over = false;

  constructor(options: AgentBridgeOptions) {
    const { stream, clock, log, clipboard, tell } = options;
    this.#options = options;
    this.#mayGoIn = clipboard === 'both' || clipboard === 'toMachine';
    const mayComeOut = clipboard === 'both' || clipboard === 'fromMachine';
    if (stream === undefined) return;
    this.#client = new VdagentClient(stream, {
      clock,
      log,
      ready: () => this.#notice('agentReady'),
      clipboard: (text) => {
        if (mayComeOut) tell({ type: 'clipboard', text });
      },
      refused: () => {
        if (mayComeOut) this.#notice('clipboardTooLarge');
      },
      closed: (error) => {
        this.#client = undefined;
        if (error !== undefined) log.warn({ code: error.code }, error.message);
        // The session goes on without it: a picture without a clipboard is better than none.
        if (!this.#over) this.#notice('agentLost');
      },
    });
  }

  /** Whether text can be copied at all. */
  get clipboard(): boolean {
    return this.#client !== undefined && this.#options.clipboard !== 'none';
  }

  setClipboard(text: string): void {
    if (!this.#mayGoIn) {
      this.#notice('clipboardForbidden');
      return;
    }
    const outcome = this.#client?.setClipboard(text) ?? { kind: 'closed' };
    if (outcome.kind === 'tooLarge') this.#notice('clipboardTooLarge');
    if (outcome.kind === 'notSupported' || outcome.kind === 'closed') this.#notice('clipboardUnavailable');
  }

  /** Whether the agent sees to it: one that is there and sets monitors. */
  resize(width: number, height: number): boolean {
    const outcome = this.#client?.setMonitors([{ width, height, x: 0, y: 0, depth: 32 }]);
    return outcome?.kind === 'sent';
  }

  end(): void {
    this.#over = true;
    this.#client?.close();
  }

  #notice(code: NoticeCode): void {
    this.#options.tell({ type: 'notice', code, text: TEXTS[code] });
  }
}
