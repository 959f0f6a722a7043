#include "smpp/status.h"

const char *status_name(uint32_t status)
{
	switch (status) {
#define STATUS_NAME(name, value)                                                                   \
	case (value):                                                                              \
		return #name;
		STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
	default:
		return status_is_vendor(status) ? "vendor" : "reserved";
	}
}

bool status_is_vendor(uint32_t status)
{
	return status >= STATUS_VENDOR_FIRST && status <= STATUS_VENDOR_LAST;
}
