/** What is known of a template's machine while it boots; each part says why it is not at rest. */
export type RestSigns = {
  agentAnswers: boolean;
  /** What the guest itself says of its session; undefined while the agent is silent. */
  session: { ready: boolean; reason: string } | undefined;
  picture: { distinctColours: number; darkFraction: number } | undefined;
  /** Share of one CPU used since the last look, 0 to cpus. */
  cpuShare: number | undefined;
  /** How long it has neither read nor written its disk. */
  stillMs: number;
};

/**
 * A guest that boots reads all the time, also on a host that has much to do. Emulated ones were seen to stand still for
 * ever in their initramfs, about once in some hundred boots; the next boot of the same disk goes well.
 */
const STILL_MS_MAX = 120_000;

/** Why a guest will never come to rest: it is begun anew without waiting for the end of its time. */
export function hangs({ agentAnswers, stillMs }: RestSigns): string | undefined {
  if (agentAnswers || stillMs < STILL_MS_MAX) return undefined;
  return `it stands still in its boot: it has not touched its disk for ${Math.round(stillMs / 1000)} s`;
}

/** A black or one-coloured screen has fewer; a desktop with wallpaper and panel has hundreds. */
const COLOURS_MIN = 40;
/** A text console is nearly all black. */
const DARK_FRACTION_MAX = 0.9;
/** An idle desktop takes a few per cent, more under emulation. */
const CPU_SHARE_MAX = 0.35;

/** Whether a template may be saved: a clone inherits whatever the guest is doing at that moment. */
export function decideRest(
  signs: RestSigns,
): { atRest: true } | { atRest: false; reason: string; fraction: number } {
  const not = (reason: string, fraction: number): { atRest: false; reason: string; fraction: number } => ({
    atRest: false,
    reason,
    fraction,
  });
  if (!signs.agentAnswers) return not('waiting for the guest to boot', 0.1);
  if (signs.session === undefined || !signs.session.ready) {
    return not(signs.session?.reason ?? 'waiting for the session', 0.4);
  }
  if (signs.picture === undefined) return not('waiting for a picture', 0.7);
  if (signs.picture.distinctColours < COLOURS_MIN || signs.picture.darkFraction > DARK_FRACTION_MAX) {
    return not('waiting for the desktop to be painted', 0.8);
  }
  if (signs.cpuShare === undefined || signs.cpuShare > CPU_SHARE_MAX) {
    const share = signs.cpuShare === undefined ? '' : ` (${Math.round(signs.cpuShare * 100)} % of a CPU)`;
    return not(`waiting for the guest to come to rest${share}`, 0.9);
  }
  return { atRest: true };
}
