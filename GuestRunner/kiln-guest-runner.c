#include <stdio.h>
int main(void) { puts("kiln-guest-runner"); return 0; }
