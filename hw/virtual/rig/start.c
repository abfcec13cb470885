// start.c — starts the kernel, for the first time and at each boot of its own: start KERNEL-ARG..., the kernel is named by VIRTUAL_PI_KERNEL.
//
// User-Mode Linux boots again by executing its argv[0], which is this program. What the kernel before it left behind would kill the next
// one now and then: its open network still sends SIGIO, and one that is pending when the new kernel unmasks it arrives before that
// kernel has a first thread (to_irq_stack faults, for ever). So: files closed, pending signals thrown away, nothing masked.
//
// Where VIRTUAL_PI_FIRMWARE names a program, that one is started instead, each time: it looks for kernel and words on the card
// (../firmware.ts), and comes back here with `kernel` before the words.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  const int FIRST_OF_THE_KERNEL = 4; // 0 to 2 and the agent's line stay
  close_range(FIRST_OF_THE_KERNEL, ~0U, 0);
  for (int number = 1; number < NSIG; number++) {
    signal(number, SIG_IGN); // ignoring a signal discards it when it is pending
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  const char *kernel = getenv("VIRTUAL_PI_KERNEL");
  const char *firmware = getenv("VIRTUAL_PI_FIRMWARE");
  if (firmware) {
    if (argc < 2 || strcmp(argv[1], "kernel")) {
      execl(firmware, firmware, NULL);
      perror(firmware);
      return 1;
    }
    argv[1] = argv[0]; // which the kernel executes to boot again
    argv++;
  }
  if (kernel) execv(kernel, argv);
  perror("VIRTUAL_PI_KERNEL");
  return 1;
}
