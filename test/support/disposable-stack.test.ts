import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { OwnAsyncDisposableStack } from '../../src/support/disposable-stack.ts';

/** Node's own is what the other has to be like. */
for (const Stack of [AsyncDisposableStack, OwnAsyncDisposableStack] as AsyncDisposableStackConstructor[]) {
  suite(Stack.name, () => {
    test('disposes in reverse order, once, of resources of both kinds, values and whatever was put off', async () => {
      const order: string[] = [];
      const note = (name: string) => (): void => void order.push(name);
      const stack = new Stack();
      const resource = stack.use({ [Symbol.dispose]: note('sync') });
      assert.ok(Symbol.dispose in resource);
      stack.use({ [Symbol.asyncDispose]: async () => note('async')() });
      assert.equal(
        stack.adopt('value', value => void order.push(value)),
        'value',
      );
      stack.defer(note('deferred'));
      assert.equal(stack.use(null), null);
      await stack.disposeAsync();
      await stack[Symbol.asyncDispose]();
      assert.deepEqual(order, ['deferred', 'value', 'async', 'sync']);
    });

    test('waits for one before it disposes of the next', async () => {
      const order: string[] = [];
      const stack = new Stack();
      stack.defer(() => void order.push('second'));
      stack.defer(async () => {
        await new Promise(resolve => setImmediate(resolve));
        order.push('first');
      });
      await stack.disposeAsync();
      assert.deepEqual(order, ['first', 'second']);
    });

    test('moves what it has to another, and takes nothing more', async () => {
      let isDisposed = false;
      const stack = new Stack();
      stack.defer(() => void (isDisposed = true));
      const moved = stack.move();
      await stack.disposeAsync();
      assert.deepEqual([stack.disposed, moved.disposed, isDisposed], [true, false, false]);
      assert.throws(() => stack.defer(() => undefined), ReferenceError);
      await moved.disposeAsync();
      assert.ok(isDisposed);
    });

    test('disposes of the rest when one fails, and says so', async () => {
      let isDisposed = false;
      const stack = new Stack();
      stack.defer(() => void (isDisposed = true));
      stack.defer(() => {
        throw new RangeError('stuck');
      });
      await assert.rejects(stack.disposeAsync(), new RangeError('stuck'));
      assert.ok(isDisposed);
    });

    test('refuses what cannot be disposed of', () => {
      assert.throws(() => new Stack().use({} as Disposable), TypeError);
    });
  });
}
