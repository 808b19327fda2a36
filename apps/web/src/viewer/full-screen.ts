import { useEffect, useState } from 'react';

/** Of the browsers only Chromium's have it: keys of the system (Alt-Tab, Super, Escape) then go to the page. */
type KeyboardLock = { lock(): Promise<void>; unlock(): void };

const keyboard = (): KeyboardLock | undefined => (navigator as { keyboard?: KeyboardLock }).keyboard;

/** On phones of one maker only a video may fill the screen. */
export const isFullScreenPossible = (): boolean => document.fullscreenEnabled;

export async function leaveFullScreen(): Promise<void> {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
}

/** The whole page fills the screen, so that dialogs and notes are in it. */
async function enterFullScreen(): Promise<void> {
  await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
  // Without it full screen is still full screen.
  await keyboard()
    ?.lock()
    .catch(() => {});
}

export function useFullScreen(): { full: boolean; toggleFull: () => void } {
  const [full, setFull] = useState(() => document.fullscreenElement !== null);
  useEffect(() => {
    const changed = (): void => {
      const is = document.fullscreenElement !== null;
      setFull(is);
      if (!is) keyboard()?.unlock();
    };
    document.addEventListener('fullscreenchange', changed);
    return () => document.removeEventListener('fullscreenchange', changed);
  }, []);
  return {
    full,
    toggleFull: () => void (full ? leaveFullScreen() : enterFullScreen()).catch(() => {}),
  };
}
