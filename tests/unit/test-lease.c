#include "gateway/lease.h"

#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void an_owner_of_this_process_is_there(void **state)
{
	char owner[LEASE_OWNER_MAX];
	struct span instance;

	(void)state;
	lease_name("gateway 1", owner);
	instance = lease_instance(owner);
	assert_int_equal(instance.length, strlen("gateway 1"));
	assert_memory_equal(instance.at, "gateway 1", instance.length);
	assert_false(lease_owner_is_gone(owner));
}

static void one_whose_process_has_ended_is_gone(void **state)
{
	char owner[LEASE_OWNER_MAX] = "";
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		char own[LEASE_OWNER_MAX];
		lease_name("gateway-1", own);
		_exit(write(ends[1], own, sizeof(own)) == (ssize_t)sizeof(own) ? 0 : 1);
	}
	assert_int_equal(read(ends[0], owner, sizeof(owner)), sizeof(owner));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(lease_owner_is_gone(owner));
	close(ends[0]);
	close(ends[1]);
}

/* Another user's processes are hidden from the units (ProtectProc=invisible). Returns 0, 1 where
 * they are taken for gone, 2 where nothing can be hidden here. */
static int look_where_it_is_hidden(const char *owner)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("proc", "/proc", "proc", 0, "hidepid=2") != 0 || setgroups(0, NULL) != 0 ||
	    setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0 ||
	    prctl(PR_SET_DUMPABLE, 1) != 0)
		return 2;
	return lease_owner_is_gone(owner);
}

static void one_that_is_hidden_is_there(void **state)
{
	char owner[LEASE_OWNER_MAX];
	int status;

	(void)state;
	lease_name("gateway-1", owner);
	pid_t child = fork();
	if (child == 0)
		_exit(look_where_it_is_hidden(owner));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(status, 0);
}

static void of_another_machine_nothing_is_known(void **state)
{
	char owner[LEASE_OWNER_MAX];

	(void)state;
	lease_name("gateway-1", owner);
	owner[strlen("gateway-1 ")] = 'x'; /* of the kernel's id */
	assert_false(lease_owner_is_gone(owner));
	assert_false(lease_owner_is_gone(""));
	assert_false(lease_owner_is_gone("gateway-1"));
	assert_false(lease_owner_is_gone("gateway-1  1 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_owner_of_this_process_is_there),
		cmocka_unit_test(one_whose_process_has_ended_is_gone),
		cmocka_unit_test(one_that_is_hidden_is_there),
		cmocka_unit_test(of_another_machine_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
