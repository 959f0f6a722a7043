import { useEffect, useRef } from 'preact/hooks';

type Ask = <T>(
  question: Promise<T>,
  onFound: (found: T) => void,
  onTrouble: (error: unknown) => void,
) => void;

/** Of several questions the one that was asked last is answered, and none once whoever asked is gone. */
export function useLatest(): Ask {
  const last = useRef<Promise<unknown> | null>(null);
  useEffect(() => () => void (last.current = null), []);
  return (question, onFound, onTrouble) => {
    last.current = question;
    question.then(
      (found) => last.current === question && onFound(found),
      (error: unknown) => last.current === question && onTrouble(error),
    );
  };
}
