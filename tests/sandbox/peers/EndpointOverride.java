package sandbox;

import java.net.URI;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/**
 * Sends every request of the AWS SDK to the address in {@code AWS_ENDPOINT_URL}.
 *
 * <p>The SDK inside cloudwatch_exporter 0.16.0 (2.27.7) is older than that variable. It does load
 * interceptors that a file on the class path names, and this is one.
 */
public final class EndpointOverride implements ExecutionInterceptor {
    private static final URI ENDPOINT = URI.create(System.getenv("AWS_ENDPOINT_URL"));

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        attributes.putAttribute(SdkExecutionAttribute.CLIENT_ENDPOINT, ENDPOINT);
        attributes.putAttribute(SdkExecutionAttribute.ENDPOINT_OVERRIDDEN, true);
    }
}
