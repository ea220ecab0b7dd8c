import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Gives the focus back to whatever had it before something was opened, when that closes; where it is
 * gone itself, to what the selector finds, or to where the user writes.
 */
export function useFocusBack(otherwise = ".composer textarea"): void {
  // Before anybody can close it: an effect that comes after the page is painted would be left out then.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    return () => {
      // What closes is still there at this moment, and takes the focus with it when it goes.
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        const back = before?.isConnected && before !== document.body ? before : undefined;
        const found = (selector: string) => document.querySelector<HTMLElement>(selector);
        (back ?? found(otherwise) ?? found(".composer button"))?.focus();
      });
    };
  }, []);
}

const steps: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

/**
 * Makes the items of a list, a bar or a group one stop for the tab key (roving tabindex): arrows, Home
 * and End go from one to the other. The stop is the item that had the focus last, or the chosen one.
 *
 * Spread what it returns over the element that holds the items.
 */
export function useArrows<T extends HTMLElement>(items: string) {
  const ref: RefObject<T | null> = useRef<T>(null);
  const all = () => [...(ref.current?.querySelectorAll<HTMLElement>(items) ?? [])];
  const stopAt = (stop: HTMLElement | undefined) => {
    for (const item of all()) item.tabIndex = item === stop ? 0 : -1;
  };
  useLayoutEffect(() => {
    const now = all();
    const chosen = (item: HTMLElement) =>
      ["aria-selected", "aria-checked", "aria-pressed"].some(
        (name) => item.getAttribute(name) === "true",
      );
    stopAt(
      now.find((item) => item === document.activeElement) ??
        now.find((item) => item.dataset.stop === "yes") ??
        now.find(chosen) ??
        now[0],
    );
  });
  const onFocusIn = (event: FocusEvent) => {
    const now = all();
    const item = now.find((one) => one.contains(event.target as Node));
    if (item === undefined) return;
    for (const one of now) delete one.dataset.stop;
    item.dataset.stop = "yes";
    stopAt(item);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = all();
    const at = now.indexOf(document.activeElement as HTMLElement);
    const step = steps[event.key];
    if (at < 0 || (step === undefined && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    const to =
      event.key === "Home" ? 0 : event.key === "End" ? -1 : (at + (step ?? 0)) % now.length;
    now.at(to)?.focus();
  };
  return { ref, onFocusIn, onKeyDown };
}
